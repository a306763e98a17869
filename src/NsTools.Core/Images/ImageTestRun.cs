using NsTools.Images.Documents;
using NsTools.Images.Layers;

namespace NsTools.Images;

/// <summary>One test of an image.</summary>
internal sealed class ImageTestRun(IImageSource source, Action<ImageTestResult> report, CancellationToken cancellation)
{
    private const int MaximumDepth = 4;
    private readonly string _image = source.Reference.ToString();
    private readonly HashSet<Digest> _tested = [];

    /// <summary>Reads what the reference names.</summary>
    /// <returns>Null when it is not what it should be, which is reported then.</returns>
    public ManifestContent? ReadTop()
    {
        ManifestContent Read() => source.GetManifestAsync(null, cancellation).GetAwaiter().GetResult();
        return source.Entry is { } entry ? Try(PartOf(entry), entry, Read) : Read();
    }

    /// <summary>Tests an index and the one of its images that is meant.</summary>
    public void TestChosen(ManifestContent index, ImagePlatform? platform)
    {
        ManifestContent? content = index;
        for (int depth = 0; content is { IsIndex: true }; depth++)
        {
            Ok(ImagePart.Index, content.Descriptor);
            ImageDescriptor chosen = ImageContents.Choose(source, content, platform, depth);
            content = Try(PartOf(chosen), chosen, () => source.GetManifestAsync(chosen.Digest, cancellation).GetAwaiter().GetResult());
        }
        if (content is not null)
            TestImage(content);
    }

    private static ImagePart PartOf(ImageDescriptor manifest) => ImageMediaTypes.IsIndex(manifest.MediaType) ? ImagePart.Index : ImagePart.Manifest;

    private void Ok(ImagePart part, ImageDescriptor what) => report(Result(part, what, ImageTestStatus.Ok, null));

    /// <summary>Tests an index with all that it names.</summary>
    public void TestIndex(ManifestContent index, int depth)
    {
        Ok(ImagePart.Index, index.Descriptor);
        foreach (ImageDescriptor child in ImageDocuments.ReadIndex(index).Manifests)
        {
            if (!_tested.Add(child.Digest))
                continue;
            ImagePart part = PartOf(child);
            ManifestContent? content = Try(part, child, () => source.GetManifestAsync(child.Digest, cancellation).GetAwaiter().GetResult());
            if (content is null)
                continue;
            if (content.Bytes.Length != child.Size)
                report(Result(part, child, ImageTestStatus.WrongSize, $"It has {content.Bytes.Length:N0} bytes, not the {child.Size:N0} that the index says."));
            else if (content.IsIndex && depth < MaximumDepth)
                TestIndex(content, depth + 1);
            else if (!content.IsIndex)
                TestImage(content);
        }
    }

    /// <summary>Tests an image with its configuration and layers, or an artifact with its blobs.</summary>
    public void TestImage(ManifestContent content)
    {
        if (Try(ImagePart.Manifest, content.Descriptor, () => ImageDocuments.ReadManifest(content)) is not { } manifest)
            return;
        Ok(ImagePart.Manifest, content.Descriptor);
        ImageConfig? config = manifest.IsImage ? TestConfig(manifest) : null;
        if (!manifest.IsImage)
            TestBlobs([new Item(ImagePart.Config, manifest.Config, null), .. manifest.Layers.Select(layer => new Item(ImagePart.Blob, layer, null))]);
        else
            TestBlobs([.. manifest.Layers.Select((layer, index) => new Item(ImagePart.Layer, layer, config?.RootFs.DiffIds.ElementAtOrDefault(index)))]);
    }

    private readonly record struct Item(ImagePart Part, ImageDescriptor Blob, Digest? DiffId);

    private ImageConfig? TestConfig(ImageManifest manifest)
    {
        ImageConfig? config = Try(ImagePart.Config, manifest.Config, () =>
            ImageDocuments.ReadConfig(ImageContents.ReadSmallBlobAsync(source, manifest.Config, ImageDocuments.MaximumConfigSize, cancellation).GetAwaiter().GetResult()));
        if (config is null)
            return null;
        if (config.RootFs.DiffIds.Count == manifest.Layers.Count)
            Ok(ImagePart.Config, manifest.Config);
        else
            report(Result(ImagePart.Config, manifest.Config, ImageTestStatus.Invalid, $"It is of {config.RootFs.DiffIds.Count} layers, the manifest of {manifest.Layers.Count}."));
        return config;
    }

    private void TestBlobs(IReadOnlyList<Item> items)
    {
        using var free = new SemaphoreSlim(Environment.ProcessorCount);
        List<Task<ImageTestResult>> tests = [.. items.Select(item => Task.Run(async () =>
        {
            await free.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                return await TestBlobAsync(item).ConfigureAwait(false);
            }
            finally
            {
                free.Release();
            }
        }))];
        // All are waited for, whatever one of them throws: they use the semaphore.
        Task.WhenAll(tests).ContinueWith(static _ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        foreach (Task<ImageTestResult> test in tests)
            report(test.GetAwaiter().GetResult());
    }

    private async Task<ImageTestResult> TestBlobAsync(Item item)
    {
        try
        {
            Stream stream = await source.OpenBlobAsync(item.Blob, 0, cancellation).ConfigureAwait(false);
            if (item.Part == ImagePart.Layer && ImageMediaTypes.IsLayer(item.Blob.MediaType))
                ReadLayer(item, stream);
            else
                await ReadAsync(item.Blob, stream).ConfigureAwait(false);
            return Result(item.Part, item.Blob, ImageTestStatus.Ok, null);
        }
        catch (NsToolsException failure)
        {
            return Result(item.Part, item.Blob, StatusOf(failure), failure.Message);
        }
    }

    private void ReadLayer(Item item, Stream stream)
    {
        var layer = new ImageLayer { Index = 0, Digest = item.Blob.Digest, DiffId = item.DiffId, MediaType = item.Blob.MediaType, Size = item.Blob.Size };
        using LayerContent content = LayerContent.Open(layer, stream, null, cancellation);
        while (content.Archive is { } archive && !archive.Take(long.MaxValue).IsEmpty)
            cancellation.ThrowIfCancellationRequested();
    }

    private async Task ReadAsync(ImageDescriptor blob, Stream stream)
    {
        using var verified = new VerifyingStream(stream, blob, _image);
        byte[] buffer = new byte[1 << 16];
        while (await verified.ReadAsync(buffer, cancellation).ConfigureAwait(false) > 0)
        {
        }
    }

    private T? Try<T>(ImagePart part, ImageDescriptor what, Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is NsToolsException or EndOfStreamException)
        {
            report(Result(part, what, failure is NsToolsException known ? StatusOf(known) : ImageTestStatus.WrongSize, failure.Message));
            return null;
        }
    }

    private ImageTestResult Result(ImagePart part, ImageDescriptor what, ImageTestStatus status, string? message) => new()
    {
        Image = _image,
        Part = part,
        Status = status,
        Digest = what.Digest,
        MediaType = what.MediaType,
        Size = what.Size,
        Message = message,
    };

    private static ImageTestStatus StatusOf(NsToolsException failure) => failure.ErrorId switch
    {
        "BlobNotFound" or "ManifestNotFound" => ImageTestStatus.Missing,
        "SizeMismatch" => ImageTestStatus.WrongSize,
        "DigestMismatch" => ImageTestStatus.WrongDigest,
        "DiffIdMismatch" => ImageTestStatus.WrongDiffId,
        _ => ImageTestStatus.Invalid,
    };
}
