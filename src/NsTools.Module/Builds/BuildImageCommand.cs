using System.Management.Automation;
using NsTools.Builds;
using NsTools.Containers;
using NsTools.Containers.Networks;
using NsTools.Containers.Volumes;
using NsTools.Images;
using NsTools.Module.Common;
using NsTools.Module.Images;

namespace NsTools.Module.Builds;

/// <summary>Build-Image: makes an image as a Dockerfile says, as <c>buildah build</c> does.</summary>
[Cmdlet("Build", "Image", SupportsShouldProcess = true)]
[OutputType(typeof(Image))]
public sealed partial class BuildImageCommand : ImageSourceCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Path, () =>
    {
        string given = BuildContext.IsRemote(Path) ? Path : ToFileSystemPath(Path);
        bool isDirectory = Directory.Exists(given);
        string command = ShellCommand();
        // What is not here yet is not brought to be told of.
        if (!isDirectory && !ShouldProcess(given, $"{command}{(File is null ? "" : $"-f {File} ")}{given}"))
            return;
        using BuildContext opened = BuildContext.Open(given, StopToken);
        string context = opened.Root, file = opened.FindDockerfile(isDirectory && File is not null ? ToFileSystemPath(File) : File);
        Dockerfile dockerfile = Read(file);
        if (isDirectory && !ShouldProcess(file, $"{command}-f {file} {context}"))
            return;
        using BuildReporter reporter = new(this, StopToken);
        BuildResult result = reporter.Wait(token => ImageBuilder.BuildAsync(RequestFor(dockerfile, context) with { Observer = reporter.Take }, token));
        PSObject image = new(result.Image);
        // With the image, what made it: the image itself stays what Get-Image returns.
        image.Properties.Add(new PSNoteProperty("Steps", result.Steps.ToArray()));
        WriteObject(image);
    });

    // As far as the names of the Dockerfile and of the context.
    private string ShellCommand()
    {
        string isolation = IsGiven(nameof(Isolation)) ? $"--isolation {Isolation.ToString().ToLowerInvariant()} " : "";
        // "buildah build --squash" takes the layers of the base image, too.
        string program = SquashAll ? "podman build --squash-all" : Squash ? "podman build --squash" : "buildah build";
        return $"{program} {isolation}{string.Concat(Tag.Select(tag => $"-t {tag} "))}";
    }

    private Dockerfile Read(string file)
    {
        Dockerfile dockerfile = Dockerfiles.Read(System.IO.File.ReadAllText(file), file, out IReadOnlyList<DockerfileSyntaxError> errors);
        foreach (DockerfileSyntaxError error in errors.SkipLast(1))
            ForItem(error, () => throw Failure(error));
        return errors.Count == 0 ? dockerfile : throw Failure(errors[^1]);

        NsToolsException Failure(DockerfileSyntaxError error) => new(
            FailureKind.InvalidData, "DockerfileSyntaxError", $"{file}, line {error.Line}, column {error.Column}: {error.Message}.", error.Remedy);
    }

    private BuildRequest RequestFor(Dockerfile file, string context) => new()
    {
        File = file,
        Context = context,
        Tags = [.. Tag.Select(ImageWriter.RequireName)],
        Target = Target,
        Arguments = DictionaryText.Of(BuildArgument),
        Labels = DictionaryText.Of(Label, static text => text ?? ""),
        Annotations = DictionaryText.Of(Annotation, static text => text ?? ""),
        Format = Format,
        Platform = Platform,
        Secrets = DictionaryText.Of(Secret).ToDictionary(pair => pair.Key, pair => SecretFile(pair.Key, pair.Value)),
        Mounts = [.. Volume.Select(text => MountText.ParseVolume(text, ToFileSystemPath))],
        Isolation = Isolation,
        Network = ContainerNetworkSelection.Parse(Network, name => ContainerStore.Current.Get(name).Id),
        Memory = IsGiven(nameof(Memory)) ? Memory : null,
        Cpu = IsGiven(nameof(Cpu)) ? Cpu : null,
        Squash = SquashAll ? BuildSquash.All : Squash ? BuildSquash.New : BuildSquash.None,
        IsUncached = NoCache,
        Pull = Pull,
        Access = Access,
        SourceDateEpoch = SourceDateEpoch,
        CreatedBy = CreatedBy,
        KeepsFailed = KeepFailed,
    };

    private string SecretFile(string id, string? given)
    {
        string path = ToFileSystemPath(given ?? "");
        return System.IO.File.Exists(path) ? path : throw new NsToolsException(FailureKind.NotFound, "SecretNotFound", $"The file '{path}' of the secret '{id}' is not there.");
    }

    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);
}
