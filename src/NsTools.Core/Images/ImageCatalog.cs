using System.Collections.Concurrent;
using NsTools.Images.Documents;
using NsTools.Images.Layouts;

namespace NsTools.Images;

/// <summary>Tells what images the local store has.</summary>
/// <param name="store">The store.</param>
public sealed class ImageCatalog(ImageStore store)
{
    // Images share layers, and names images.
    private readonly ConcurrentDictionary<Digest, bool> _blobs = new();
    private readonly ConcurrentDictionary<Digest, Image> _images = new();

    /// <summary>All images, in the order of their names.</summary>
    /// <param name="cancellation">Ends it.</param>
    public IReadOnlyList<Image> List(CancellationToken cancellation) => List(_ => true, cancellation);

    /// <summary>The images whose names fit.</summary>
    /// <param name="isWanted">Told a name, null for what has none; false leaves the image out.</param>
    /// <param name="cancellation">Ends it.</param>
    public IReadOnlyList<Image> List(Func<string?, bool> isWanted, CancellationToken cancellation)
    {
        ImageDescriptor[] entries = [.. store.Layout.ReadEntries().Where(e => isWanted(OciLayout.NameOf(e)))];
        // A thousand images are two thousand small files: the opening of each is what takes the time.
        return [.. entries.AsParallel().WithCancellation(cancellation).Select(Read).OrderBy(i => i.Name ?? "~", StringComparer.Ordinal).ThenBy(i => i.Digest.Hex, StringComparer.Ordinal)];
    }

    /// <summary>Reads an image.</summary>
    /// <param name="entry">Its entry of the store's index.json.</param>
    /// <returns>The image; one that is not whole says so in <see cref="Image.Problem"/>.</returns>
    public Image Read(ImageDescriptor entry)
    {
        ImageReference? name = OciLayout.NameOf(entry) is { } given && ImageReference.TryParse(given, out ImageReference? parsed) ? parsed : null;
        return _images.GetOrAdd(entry.Digest, ReadContent, entry.MediaType) with { Name = OciLayout.NameOf(entry), Repository = name?.FullRepository, Tag = name?.Tag };
    }

    private Image ReadContent(Digest digest, string mediaType)
    {
        var image = new Image { Digest = digest, MediaType = mediaType };
        try
        {
            ManifestContent content = store.Layout.ReadManifest(digest, mediaType);
            return content.IsIndex ? ReadIndex(image, content, 0) : ReadManifest(image with { MediaType = content.MediaType }, content);
        }
        catch (Exception exception) when (exception is NsToolsException or Interop.Syscalls.SyscallException or IOException)
        {
            return image with { Problem = exception.Message };
        }
    }

    private Image ReadManifest(Image image, ManifestContent content)
    {
        ImageManifest manifest = ImageDocuments.ReadManifest(content);
        List<ImageDescriptor> missing = [.. manifest.Layers.Append(manifest.Config).Where(b => !ImageMediaTypes.IsForeignLayer(b.MediaType) && !_blobs.GetOrAdd(b.Digest, static (_, it) => it.store.Layout.HasBlob(it.b), (store, b)))];
        image = image with
        {
            Size = manifest.Size,
            LayerCount = manifest.Layers.Count,
            ArtifactType = manifest.IsImage ? null : manifest.ArtifactType ?? manifest.Config.MediaType,
            Problem = missing.Count == 0 ? null : $"{missing.Count} of its blobs are missing: {string.Join(", ", missing.Take(3).Select(b => b.Digest))}{(missing.Count > 3 ? ", …" : "")}",
        };
        if (!manifest.IsImage || missing.Contains(manifest.Config))
            return image;
        ImageConfig config = ImageDocuments.ReadConfig(store.Layout.ReadBlob(manifest.Config, ImageDocuments.MaximumConfigSize));
        return image with { Id = manifest.Config.Digest, Created = config.Created, Platforms = [config.Platform], Labels = config.Config.Labels };
    }

    private Image ReadIndex(Image image, ManifestContent content, int depth)
    {
        ImageIndex index = ImageDocuments.ReadIndex(content);
        ImageDescriptor? ours = PlatformMatcher.Select(index, ImagePlatform.Host);
        // An attestation has a platform, too: "unknown".
        image = image with { MediaType = content.MediaType, Platforms = [.. index.Manifests.Select(m => m.Platform).OfType<ImagePlatform>().Where(p => p.Os != "unknown").Distinct()] };
        foreach (ImageDescriptor child in index.Manifests.Where(m => File.Exists(store.Layout.BlobPath(m.Digest))))
        {
            ManifestContent manifest = store.Layout.ReadManifest(child.Digest, child.MediaType.Length == 0 ? null : child.MediaType);
            Image one = manifest.IsIndex
                ? depth < 3 ? ReadIndex(image with { Size = 0 }, manifest, depth + 1) : image with { Size = 0 }
                : ReadManifest(image with { Created = null, Labels = null, Problem = null }, manifest);
            image = image with
            {
                Size = image.Size + one.Size,
                Problem = image.Problem ?? one.Problem,
                Created = child.Digest == ours?.Digest ? one.Created : image.Created,
                Labels = child.Digest == ours?.Digest ? one.Labels : image.Labels,
            };
        }
        return image;
    }
}
