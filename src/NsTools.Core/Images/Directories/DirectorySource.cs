using Microsoft.Win32.SafeHandles;
using NsTools.Images.Documents;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Images.Directories;

/// <summary>Reads an image that lies in a directory, its blobs side by side.</summary>
internal sealed class DirectorySource : IImageSource
{
    private readonly string _path;

    /// <summary>Opens a directory.</summary>
    /// <param name="reference">What was asked for.</param>
    /// <exception cref="NsToolsException">It is not there, or has no image (<c>ImageNotFound</c>).</exception>
    public DirectorySource(ImageReference reference)
    {
        Reference = reference;
        _path = reference.Path!;
        if (!File.Exists(Path.Join(_path, DirectoryImage.ManifestFile)))
        {
            throw new NsToolsException(
                FailureKind.NotFound,
                "ImageNotFound",
                Directory.Exists(_path) ? $"'{_path}' has no image: there is no file 'manifest.json' in it." : $"There is no directory '{_path}'.",
                File.Exists(Path.Join(_path, "oci-layout")) ? $"It is an OCI layout: oci:{_path}." : null);
        }
    }

    /// <inheritdoc/>
    public ImageReference Reference { get; }

    /// <inheritdoc/>
    public Task<ManifestContent> GetManifestAsync(Digest? digest, CancellationToken cancellation)
    {
        ManifestContent top = Read(DirectoryImage.ManifestFile, null);
        return Task.FromResult(digest is null || digest == top.Digest ? top : Read(DirectoryImage.InstanceFile(digest), digest));
    }

    /// <inheritdoc/>
    public Task<Stream> OpenBlobAsync(ImageDescriptor blob, long offset, CancellationToken cancellation) =>
        Task.FromResult<Stream>(Open(DirectoryImage.BlobFile(blob.Digest), offset) ?? throw BlobFailure.NotFound(_path, blob.Digest));

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageDescriptor>> GetReferrersAsync(Digest subject, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ImageDescriptor>>([]);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ManifestContent Read(string name, Digest? digest)
    {
        using FileStream file = Open(name, 0)
            ?? throw new NsToolsException(FailureKind.NotFound, "ManifestNotFound", $"'{_path}' has no manifest {digest}.", "Only a part of the image may have been copied: copy it with -All.");
        if (file.Length > ImageDocuments.MaximumManifestSize)
            throw ManifestContent.TooLarge(_path);
        byte[] content = new byte[file.Length];
        file.ReadExactly(content);
        return ManifestContent.Create(content, null, digest, _path);
    }

    private FileStream? Open(string name, long offset)
    {
        string path = Path.Join(_path, name);
        if (!File.Exists(path))
            return null;
        // Without O_NONBLOCK the opening of a pipe would never end.
        SafeFileHandle handle = Descriptor.Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK);
        if (FileContent.IsRegular(handle))
            return new FileStream(handle, FileAccess.Read, bufferSize: 0) { Position = offset };
        handle.Dispose();
        throw new NsToolsException(FailureKind.InvalidData, "ImageInvalid", $"'{path}' is no regular file.", "Do not trust the directory.");
    }
}
