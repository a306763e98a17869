using NsTools.Builds.Execution;
using NsTools.Builds.Workers;
using NsTools.Images;
using NsTools.Images.Layers;

namespace NsTools.Builds;

/// <summary>Builds images by Dockerfiles: <c>buildah build</c>.</summary>
public static class ImageBuilder
{
    /// <summary>Builds an image into the store.</summary>
    /// <param name="request">What, and how.</param>
    /// <param name="cancellation">Ends it. No container, mount or image is left; the steps that are done are kept for the next build.</param>
    /// <exception cref="NsToolsException">A step failed; the message names its line.</exception>
    public static async Task<BuildResult> BuildAsync(BuildRequest request, CancellationToken cancellation)
    {
        // Before anything is built, not when all of it is.
        ImageWriter.CheckAnnotations(request.Format, request.Annotations);
        CheckIsolation(request);
        DockerfileStage target = TargetOf(request);
        if (!LayerPrivileges.IsRoot)
            return await Task.Run(() => UserNamespaceBuild.Run(request, cancellation), CancellationToken.None).ConfigureAwait(false);
        ImageReference name = request.Tags.Count > 0 ? request.Tags[0] : new ImageReference { Transport = ImageTransport.Store };
        LayerStore layers = LayerStore.Default;
        using IDisposable held = layers.Hold(cancellation);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        IImageDestination destination = ImageStore.Default.OpenDestination(name, cancellation);
        await using (destination.ConfigureAwait(false))
        {
            BuildSession session = new(request, layers, destination, ending.Token);
            StageState built;
            try
            {
                built = await session.StageAsync(target.Number).ConfigureAwait(false);
            }
            finally
            {
                // Stages that were being built for it have no one to be built for any more.
                await ending.CancelAsync().ConfigureAwait(false);
                await session.SettleAsync().ConfigureAwait(false);
            }
            built = await new LayerSquash(session).RunAsync(built, cancellation).ConfigureAwait(false);
            Digest digest = await ImageWriter.WriteAsync(destination, Finished(request, session, built), built.Layers, request.Format, request.Annotations, name.ToString(), cancellation).ConfigureAwait(false);
            return new BuildResult(NewImage.Read(digest, request.Tags, cancellation), session.Steps);
        }
    }

    private static void CheckIsolation(BuildRequest request)
    {
        if (request.Isolation == BuildIsolation.Rootless && LayerPrivileges.IsHostRoot)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "RootlessForUsers", "The isolation 'Rootless' is that of an ordinary user's build.", "Leave -Isolation out, or build as an ordinary user.");
        }
        if (request.Isolation == BuildIsolation.Chroot && (request.Memory ?? (object?)request.Cpu) is not null)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "BuildLimitNotSupported", "With the isolation 'Chroot' a RUN has no cgroup of its own, which limits are of.", "Leave -Memory and -Cpu out, or build with -Isolation Oci.");
        }
    }

    private static DockerfileStage TargetOf(BuildRequest request)
    {
        if (request.File.Stages.Count == 0)
            throw new NsToolsException(FailureKind.InvalidData, "DockerfileSyntaxError", $"{request.File} has no stage.", "A Dockerfile begins with FROM.");
        if (request.Target is not { } target)
            return request.File.Stages[^1];
        return StageNeeds.Find(request.File, target, request.File.Stages.Count) ?? throw new NsToolsException(
            FailureKind.NotFound,
            "StageNotFound",
            $"{request.File} has no stage '{target}'.",
            $"It has {string.Join(", ", request.File.Stages)}.");
    }

    private static ImageConfig Finished(BuildRequest request, BuildSession session, StageState built)
    {
        Dictionary<string, string> labels = new(built.Config.Labels ?? new Dictionary<string, string>());
        foreach ((string label, string value) in request.Labels)
            labels[label] = value;
        return built.Image with
        {
            Created = (built.Image.History is [.., ImageConfigHistory last] ? last.Created : null) ?? session.Now,
            Config = built.Config with { Labels = labels.Count > 0 ? labels : null },
        };
    }
}
