using Microsoft.Win32.SafeHandles;
using NsTools.Images;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.RootFileSystems;

namespace NsTools.Builds.Execution;

/// <summary>
/// The layer of a step in the making: an overlay's upper directory beside the unpacked layers, which becomes one of them when
/// it is done. Nothing of it is left otherwise.
/// </summary>
internal sealed class StepLayer : IDisposable
{
    private readonly PartialDirectory _partial;
    private readonly LayerStore _layers;

    /// <summary>Makes the directories.</summary>
    /// <param name="layers">Where the unpacked layers are.</param>
    /// <param name="lower">The layers below it, the lowest first.</param>
    public StepLayer(LayerStore layers, IReadOnlyList<string> lower)
    {
        _layers = layers;
        Lower = lower;
        _partial = PartialDirectory.Create(Path.Join(layers.Root, $"build-{Guid.NewGuid():N}"));
        Directory.CreateDirectory(Upper);
        using SafeFileHandle upper = DirectoryHandle.Open(Upper);
        if (lower.Count > 0)
        {
            // The top directory that one sees is the upper one.
            using SafeFileHandle below = DirectoryHandle.Open(lower[^1]);
            DirectoryMetadata.Copy(below, upper);
        }
        else
        {
            File.SetUnixFileMode(Upper, (UnixFileMode)0b111_101_101);
        }
    }

    /// <summary>The layers below it, the lowest first.</summary>
    public IReadOnlyList<string> Lower { get; }

    /// <summary>What takes the changes.</summary>
    public string Upper => Path.Join(_partial.TemporaryPath, "diff");

    /// <summary>What overlayfs needs beside it.</summary>
    public string Work => Path.Join(_partial.TemporaryPath, "work");

    /// <summary>Files of <see cref="Upper"/> whose content is elsewhere; null for none. Where there are some, it can be no layer that is unpacked.</summary>
    public StandIns? StandIns { get; set; }

    /// <summary>The image as it is, to be changed; mounted nowhere.</summary>
    public SafeFileHandle Open() => Lower.Count == 0 ? DirectoryHandle.Open(Upper) : ImageOverlay.Create("build", Lower, Upper, Work);

    /// <summary>Writes the layer's archive to a destination.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="latest">The latest time that a file may have; null for its own.</param>
    /// <param name="excludes">What is not part of the layer; null for nothing.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<BuildLayer> WriteAsync(IImageDestination destination, DateTimeOffset? latest, Func<RelativePath, bool>? excludes, CancellationToken cancellation)
    {
        using SafeFileHandle upper = DirectoryHandle.Open(Upper);
        LayerArchiveOptions options = new() { IsOverlay = true, HasRootEntry = Lower.Count == 0, LatestTime = latest, Excludes = excludes, CrossesMounts = false, StandIns = StandIns };
        (ImageDescriptor layer, Digest diffId) = await LayerUpload.PutAsync(
            destination, output => LayerArchive.Write(upper, output, options, cancellation), LayerCompression.None, null, cancellation).ConfigureAwait(false);
        return new BuildLayer(layer, diffId);
    }

    /// <summary>Takes it among the unpacked layers.</summary>
    /// <param name="chainId">What it and all below it are called together.</param>
    /// <returns>Its content's directory.</returns>
    public string Keep(Digest chainId)
    {
        if (Directory.Exists(Work))
            TreeRemover.Remove(_partial.Handle, "work", CancellationToken.None);
        if (!Directory.Exists(_layers.ContentPathOf(chainId)))
        {
            // A layer that is there is taken to be whole: not its name alone must survive a crash.
            FileContent.SynchronizeFileSystem(_partial.Handle, _layers.Root);
            _partial.TryCompleteAs(Path.GetFileName(_layers.PathOf(chainId)));
        }
        return _layers.ContentPathOf(chainId);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        StandIns?.Dispose();
        _partial.Dispose();
    }
}
