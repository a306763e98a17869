using Microsoft.Win32.SafeHandles;
using NsTools.Builds;
using NsTools.Containers.Isolation;
using NsTools.Images;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;

namespace NsTools.Containers.Contents;

/// <summary>How an image is made of a container.</summary>
public sealed record CommitOptions
{
    /// <summary>Its name in the store.</summary>
    public required string Name { get; init; }

    /// <summary>Instructions that change its configuration (<see cref="ConfigInstruction"/>).</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>What its history says of it.</summary>
    public string? Message { get; init; }

    /// <summary>Who made it.</summary>
    public string? Author { get; init; }

    /// <summary>Its time of making, and the latest that a file of the new layer may have; null for now, and the files' own times.</summary>
    public DateTimeOffset? SourceDateEpoch { get; init; }

    /// <summary>How the new layer is compressed.</summary>
    public LayerCompression Compression { get; init; } = LayerCompression.Gzip;

    /// <summary>False lets a container that runs go on while it is read.</summary>
    public bool Suspends { get; init; } = true;

    /// <summary>Is told of bytes of files that were read.</summary>
    public Action<long>? Progress { get; init; }
}

/// <summary>Makes images of containers: the layers of its image, and one more of what has changed (<c>podman commit</c>).</summary>
/// <param name="store">Where the containers are.</param>
public sealed class ContainerCommit(ContainerStore store)
{
    /// <summary>Makes an image.</summary>
    /// <param name="container">The container; suspended meanwhile when it runs.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends it, and leaves no image.</param>
    /// <returns>The image.</returns>
    /// <exception cref="NsToolsException">The name or a change is not of its form, or the container's image is gone.</exception>
    /// <exception cref="SyscallException">A file cannot be read.</exception>
    public async Task<Image> RunAsync(Container container, CommitOptions options, CancellationToken cancellation)
    {
        ImageReference name = ImageWriter.RequireName(options.Name);
        ContainerDocument document = store.Read(container.Id) ?? throw ContainerStore.NotFound(container.Name);
        ImageRunConfig config = ConfigInstruction.Apply(document.Config ?? new ImageRunConfig(), options.Changes);
        IImageDestination destination = ImageStore.Default.OpenDestination(name, cancellation);
        await using (destination.ConfigureAwait(false))
        {
            (ImageConfig image, IReadOnlyList<ImageDescriptor> layers) = await BaseAsync(document, destination, cancellation).ConfigureAwait(false);
            (ImageDescriptor layer, Digest diffId) = await WriteLayerAsync(container, document, options, destination, cancellation).ConfigureAwait(false);
            DateTimeOffset created = options.SourceDateEpoch ?? DateTimeOffset.UtcNow;
            image = image with
            {
                Created = created,
                Author = options.Author ?? image.Author,
                Config = config,
                RootFs = image.RootFs with { DiffIds = [.. image.RootFs.DiffIds, diffId] },
                History = [.. image.History, new ImageConfigHistory { Created = created, CreatedBy = string.Join(' ', document.Command), Author = options.Author, Comment = options.Message }],
            };
            await ImageWriter.WriteAsync(destination, image, [.. layers, layer], container.Name, cancellation).ConfigureAwait(false);
        }
        return new ImageCatalog(ImageStore.Default).Read(ImageStore.Default.Find(name));
    }

    private static async Task<(ImageConfig Config, IReadOnlyList<ImageDescriptor> Layers)> BaseAsync(ContainerDocument document, IImageDestination destination, CancellationToken cancellation)
    {
        if (document.Image is null)
            return (new ImageConfig { Os = ImagePlatform.Host.Os, Architecture = ImagePlatform.Host.Architecture, Variant = ImagePlatform.Host.Variant }, []);
        (IImageSource source, ImageContents contents) = await ContainerLayers.OpenImageAsync(document, cancellation).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            await ImageWriter.BringLayersAsync(source, contents.Manifest.Layers, destination, cancellation).ConfigureAwait(false);
            return (ImageHistory.Complete(contents.Config!), contents.Manifest.Layers);
        }
    }

    private async Task<(ImageDescriptor Layer, Digest DiffId)> WriteLayerAsync(
        Container container, ContainerDocument document, CommitOptions options, IImageDestination destination, CancellationToken cancellation)
    {
        ContainerUsers? users = ContainerUsers.ForCaller();
        LayerArchiveOptions layer = new() { UidMappings = users?.Uid ?? [], GidMappings = users?.Gid ?? [], LatestTime = options.SourceDateEpoch, CrossesMounts = false, Progress = options.Progress };
        using ContainerPause? still = options.Suspends ? ContainerPause.Begin(store, container) : null;
        if (document.Root is not null)
        {
            using SafeFileHandle root = ContainerRoot.OpenBare(store, document);
            return await PutAsync(root, layer with { HasRootEntry = true }).ConfigureAwait(false);
        }
        using IDisposable layers = ContainerLayers.Hold(document, cancellation);
        using SafeFileHandle lower = ContainerRoot.OpenLayers(store, document), upper = DirectoryHandle.Open(Path.Join(store.PathOf(document.Id), "upper"));
        HashSet<byte[]> places = MountPlaceholders.Of(document.Mounts);
        return await PutAsync(upper, layer with
        {
            IsOverlay = true,
            HasRootEntry = HasChanged(lower, upper),
            Excludes = path => places.Contains(path.Bytes.ToArray()) && MountPlaceholders.IsUntouched(upper, lower, path),
        }).ConfigureAwait(false);

        Task<(ImageDescriptor, Digest)> PutAsync(SafeFileHandle directory, LayerArchiveOptions how) => LayerUpload.PutAsync(
            destination, output => LayerArchive.Write(directory, output, how, cancellation), options.Compression, null, cancellation);
    }

    private static bool HasChanged(SafeFileHandle lower, SafeFileHandle upper)
    {
        FileStatus before = FileStatus.Of(lower), now = FileStatus.Of(upper);
        return before.Mode != now.Mode || before.UserId != now.UserId || before.GroupId != now.GroupId;
    }
}
