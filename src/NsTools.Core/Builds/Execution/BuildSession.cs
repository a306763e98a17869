using System.Collections.Concurrent;
using NsTools.Builds.Contexts;
using NsTools.Images;
using NsTools.Images.Copying;
using NsTools.Images.Layers;
using NsTools.Images.Layouts;
using NsTools.RootFileSystems;

namespace NsTools.Builds.Execution;

/// <summary>A build while it runs: what its stages have in common. A stage is built once, when something first needs it.</summary>
internal sealed class BuildSession
{
    private readonly ConcurrentDictionary<int, Lazy<Task<StageState>>> _stages = new();
    private readonly ConcurrentDictionary<int, StageBuilder> _builders = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<StageState>>> _images = new();
    private readonly CancellationToken _cancellation;

    /// <summary>Begins a build.</summary>
    /// <param name="request">What.</param>
    /// <param name="layers">Where the unpacked layers are; held by the caller.</param>
    /// <param name="destination">The store.</param>
    /// <param name="cancellation">Ends it.</param>
    public BuildSession(BuildRequest request, LayerStore layers, IImageDestination destination, CancellationToken cancellation)
    {
        Request = request;
        Layers = layers;
        Destination = destination;
        Target = request.Platform ?? ImagePlatform.Host;
        Variables = new BuildVariables(request, Target);
        Ignore = IgnoreFile.Find(request.File.Path, request.Context);
        Contents = new ContentMemory(request.IsUncached);
        _cancellation = cancellation;
    }

    /// <summary>What is built.</summary>
    public BuildRequest Request { get; }

    /// <summary>Where the unpacked layers are.</summary>
    public LayerStore Layers { get; }

    /// <summary>The store.</summary>
    public IImageDestination Destination { get; }

    /// <summary>What the image is to run on.</summary>
    public ImagePlatform Target { get; }

    /// <summary>The build's variables.</summary>
    public BuildVariables Variables { get; }

    /// <summary>What of the context is not to be seen.</summary>
    public IgnoreFile? Ignore { get; }

    /// <summary>Hashes of large files of the context.</summary>
    public ContentMemory Contents { get; }

    /// <summary>How many steps may run at once.</summary>
    public SemaphoreSlim Slots { get; } = new(Math.Max(2, Environment.ProcessorCount));

    /// <summary>The time of what is made.</summary>
    public DateTimeOffset Now => Request.SourceDateEpoch ?? DateTimeOffset.UtcNow;

    /// <summary>What all steps that were done did, in the order of the Dockerfile.</summary>
    public IReadOnlyList<BuildStep> Steps => [.. _builders.OrderBy(pair => pair.Key).SelectMany(pair => pair.Value.Steps)];

    /// <summary>What an earlier build did; null where it must be done.</summary>
    public BuildCacheEntry? Find(string key) => Request.IsUncached ? null : BuildCache.Find(key);

    /// <summary>A stage, and those that it needs.</summary>
    /// <param name="number">Its number.</param>
    public Task<StageState> StageAsync(int number) => _stages.GetOrAdd(number, _ => new Lazy<Task<StageState>>(() =>
    {
        DockerfileStage stage = Request.File.Stages[number];
        StageBuilder builder = _builders[number] = new StageBuilder(this, stage);
        // All that it will need begins now, side by side.
        foreach (int needed in StageNeeds.Of(Request.File, stage, Variables))
            StageAsync(needed);
        return Task.Run(() => builder.BuildAsync(_cancellation), _cancellation);
    })).Value;

    /// <summary>True when another stage stands on a stage, or copies from it.</summary>
    /// <param name="stage">The stage.</param>
    public bool IsUsed(DockerfileStage stage) =>
        Request.File.Stages.Any(other => other.Number > stage.Number && StageNeeds.Of(Request.File, other, Variables).Contains(stage.Number));

    /// <summary>What a stage begins with.</summary>
    public async Task<StageState> OpenBaseAsync(DockerfileStage stage, CancellationToken cancellation)
    {
        string name = Variables.ExpandGlobal(stage.Base);
        StageState state = name == "scratch" ? Scratch()
            : StageNeeds.Find(Request.File, name, stage.Number) is { } earlier ? await StageAsync(earlier.Number).ConfigureAwait(false)
            : await ImageAsync(name, stage.Platform is { } platform ? ImagePlatform.Parse(Variables.ExpandGlobal(platform)) : Target, cancellation).ConfigureAwait(false);
        return state.Continue();
    }

    /// <summary>The tree that a stage copies from.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="name">A stage or an image; null for the context.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<StageSource> OpenSourceAsync(DockerfileStage stage, string? name, CancellationToken cancellation)
    {
        if (name is null)
            return new StageSource(null, null, Request.Context);
        // A name of a stage is no image's: as BuildKit has it, whose own stage or a later one is a circle.
        if (StageNeeds.FindFrom(Request.File, name, stage.Number) is { } later)
        {
            throw new NsToolsException(
                FailureKind.InvalidData,
                "CircularStages",
                later == stage ? $"stage '{stage}' can't take from itself." : $"stage '{stage}' can't take from '{later}', which begins after it, at line {later.StartLine}.",
                "A stage takes from those before it.");
        }
        StageState state = StageNeeds.Find(Request.File, name, stage.Number) is { } earlier
            ? await StageAsync(earlier.Number).ConfigureAwait(false)
            : await ImageAsync(name, Target, cancellation).ConfigureAwait(false);
        return new StageSource(state.Key, state.Directories, "");
    }

    /// <summary>Takes the layer of an earlier build, unpacked.</summary>
    /// <param name="state">The stage, which gets it.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Unpack(StageState state, BuildLayer layer, CancellationToken cancellation)
    {
        Digest chainId = LayerStore.ChainIdOf(state.ChainId, layer.DiffId);
        string content = Layers.ContentPathOf(chainId);
        if (!Directory.Exists(content))
        {
            using LayerUnpacking unpacking = new(Layers, state.Directories, new ExpansionOptions(), cancellation);
            unpacking.Run(StoredLayers(layer.Descriptor), [layer.At(state.Directories.Count)], [chainId]);
        }
        state.Directories.Add(content);
    }

    /// <summary>The store as a source of layers that are in no image yet.</summary>
    /// <param name="first">One of them.</param>
    public static IImageSource StoredLayers(ImageDescriptor first) =>
        new OciLayoutSource(ImageStore.Default.Layout, new ImageReference { Transport = ImageTransport.Store, Digest = first.Digest }, first);

    /// <summary>Waits until no stage is being built any more, however it ends.</summary>
    public Task SettleAsync() => Task.WhenAll(_stages.Values.Select(stage => stage.Value.ContinueWith(
        static task => task.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default)));

    private Task<StageState> ImageAsync(string name, ImagePlatform platform, CancellationToken cancellation) =>
        _images.GetOrAdd($"{name} {platform}", _ => new Lazy<Task<StageState>>(() => ReadImageAsync(name, platform, cancellation))).Value;

    private async Task<StageState> ReadImageAsync(string name, ImagePlatform platform, CancellationToken cancellation)
    {
        ImageReference reference = ImageReference.Parse(name);
        if (ImagePuller.IsNeeded(reference, Request.Pull))
            reference = await ImagePuller.PullAsync(reference, platform, Request.Access, null, cancellation).ConfigureAwait(false);
        IImageSource source = await ImageTransports.OpenSourceAsync(reference, Request.Access, cancellation).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            ImageContents contents = await ImageContents.ReadAsync(source, platform, cancellation).ConfigureAwait(false);
            IReadOnlyList<string> unpacked = Layers.Unpack(source, contents, new ExpansionOptions(), cancellation);
            await ImageWriter.BringLayersAsync(source, contents.Manifest.Layers, Destination, cancellation).ConfigureAwait(false);
            ImageConfig image = ImageHistory.Complete(contents.Config!);
            return new StageState { Image = image, Base = (contents.Manifest.Layers.Count, image.History.Count), Layers = [.. contents.Manifest.Layers], Directories = [.. unpacked], Key = contents.Manifest.Config.Digest.ToString() };
        }
    }

    private StageState Scratch() => new()
    {
        Image = new ImageConfig
        {
            Os = Target.Os,
            Architecture = Target.Architecture,
            Variant = Target.Variant,
            // As Buildah has it: a program that is named without its directory is found.
            Config = new ImageRunConfig { Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] },
        },
        Layers = [],
        Directories = [],
        Key = $"scratch {Target}",
    };
}
