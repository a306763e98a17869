using Microsoft.Win32.SafeHandles;
using NsTools.Images.Documents;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Images.Layouts;

/// <summary>
/// An OCI image layout (image-spec, image-layout.md) in a directory: content by its digest under <c>blobs/</c>, and
/// <c>index.json</c> with what has a name. Several processes may write at once: a blob appears whole, index.json is
/// replaced under a lock, and who writes blobs holds the layout so that nothing is swept away beneath it. What is in
/// the making lies under <c>.nstools/</c>, where no other reader looks.
/// </summary>
/// <param name="path">Path of the directory.</param>
public sealed class OciLayout(string path)
{
    /// <summary>The annotation of index.json's entries that has the image's name.</summary>
    public const string NameAnnotation = "org.opencontainers.image.ref.name";

    // A store of 100,000 images has an index of about 30 MB.
    private const long MaximumIndexSize = 64 << 20;
    private static ReadOnlySpan<byte> Marker => "{\"imageLayoutVersion\":\"1.0.0\"}"u8;
    private static ReadOnlySpan<byte> EmptyIndex => "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}"u8;

    /// <summary>Path of the directory.</summary>
    public string Path { get; } = path;

    /// <summary>True when the directory holds a layout.</summary>
    public bool Exists => File.Exists(MarkerPath);

    private string MarkerPath => System.IO.Path.Join(Path, "oci-layout");

    private string IndexPath => System.IO.Path.Join(Path, "index.json");

    private string BlobsPath => System.IO.Path.Join(Path, "blobs");

    /// <summary>Where what is in the making lies.</summary>
    internal string WorkPath => System.IO.Path.Join(Path, ".nstools");

    /// <summary>Path of a blob, whether it is there or not.</summary>
    /// <param name="digest">Its digest.</param>
    public string BlobPath(Digest digest) => System.IO.Path.Join(BlobsPath, digest.Algorithm, digest.Hex);

    /// <summary>Checks that it is a layout.</summary>
    /// <exception cref="NsToolsException">It is none (<c>LayoutNotFound</c>).</exception>
    public void Require()
    {
        if (!Exists)
        {
            throw new NsToolsException(
                FailureKind.NotFound,
                "LayoutNotFound",
                Directory.Exists(Path) ? $"'{Path}' is no OCI image layout: it has no file 'oci-layout'." : $"There is no directory '{Path}'.",
                "Name the directory that holds 'oci-layout' and 'index.json'.");
        }
    }

    /// <summary>Makes the layout where there is none.</summary>
    /// <exception cref="NsToolsException">There is something else in the directory (<c>NotALayout</c>).</exception>
    public void Create()
    {
        if (Exists && File.Exists(IndexPath) && Directory.Exists(BlobsPath))
            return;
        if (!Exists && Directory.Exists(Path) && Directory.EnumerateFileSystemEntries(Path).Any(e => System.IO.Path.GetFileName(e) is not (".nstools" or "blobs" or "index.json" or "oci-layout.new" or "index.json.new")))
        {
            throw new NsToolsException(
                FailureKind.AlreadyExists, "NotALayout", $"'{Path}' has files in it and is no OCI image layout.", "Name a new or an empty directory, or one that is a layout.");
        }
        Directory.CreateDirectory(System.IO.Path.Join(BlobsPath, "sha256"));
        using SafeFileHandle held = LockIndex(CancellationToken.None);
        if (!File.Exists(IndexPath))
            AtomicFile.Write(IndexPath, EmptyIndex);
        // Last: it says that the rest is there.
        if (!Exists)
            AtomicFile.Write(MarkerPath, Marker);
    }

    /// <summary>
    /// Holds the layout, together with others: until it is disposed no blob is swept away for that nothing refers to it
    /// (yet). Whoever writes blobs that a manifest will refer to, or relies on one that is there, holds it.
    /// </summary>
    /// <param name="cancellation">Ends waiting for a sweep.</param>
    public IDisposable Hold(CancellationToken cancellation) => DirectoryLock.AcquireShared(System.IO.Path.Join(BlobsPath, "."), cancellation);

    /// <summary>Holds the layout alone, to sweep blobs away; null when somebody holds it.</summary>
    public IDisposable? TryHoldAlone() => DirectoryLock.TryAcquire(System.IO.Path.Join(BlobsPath, "."));

    /// <summary>The entries of index.json; none where there is no layout yet.</summary>
    /// <exception cref="NsToolsException">It is damaged (<c>LayoutInvalid</c>).</exception>
    public IReadOnlyList<ImageDescriptor> ReadEntries() => ReadIndex().Manifests;

    /// <summary>Replaces the entries of index.json, alone.</summary>
    /// <param name="change">Gives the new entries for the old ones; the same list leaves all as it is.</param>
    /// <param name="cancellation">Ends waiting for others that change it.</param>
    public void ChangeEntries(Func<IReadOnlyList<ImageDescriptor>, IReadOnlyList<ImageDescriptor>> change, CancellationToken cancellation)
    {
        using SafeFileHandle held = LockIndex(cancellation);
        ImageIndex index = ReadIndex();
        IReadOnlyList<ImageDescriptor> changed = change(index.Manifests);
        if (!ReferenceEquals(changed, index.Manifests))
            AtomicFile.Write(IndexPath, ImageDocuments.ToBytes(index with { Manifests = changed }));
    }

    /// <summary>Lets a name stand for a manifest: what it stood for before stays only where another name has it.</summary>
    /// <param name="name">The name; null adds the manifest without one.</param>
    /// <param name="manifest">What points to the manifest.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    public void SetEntry(string? name, ImageDescriptor manifest, CancellationToken cancellation) => ChangeEntries(
        entries =>
        {
            if (name is null)
                return entries.Any(e => e.Digest == manifest.Digest) ? entries : [.. entries, manifest];
            var annotations = new Dictionary<string, string>(manifest.Annotations ?? new Dictionary<string, string>()) { [NameAnnotation] = name };
            ImageDescriptor named = manifest with { Annotations = annotations };
            // One without a name is that no longer when it gets one.
            return [.. entries.Where(e => NameOf(e) is { } other ? other != name : e.Digest != manifest.Digest), named];
        },
        cancellation);

    /// <summary>The name of an entry of index.json; null where it has none.</summary>
    /// <param name="entry">The entry.</param>
    public static string? NameOf(ImageDescriptor entry) => entry.Annotations?.GetValueOrDefault(NameAnnotation) is { Length: > 0 } name ? name : null;

    /// <summary>True when the blob is there, by its size.</summary>
    /// <param name="blob">What points to it.</param>
    public bool HasBlob(ImageDescriptor blob) => new FileInfo(BlobPath(blob.Digest)) is { Exists: true } file && file.Length == blob.Size;

    /// <summary>Opens a blob. What it gives is not verified.</summary>
    /// <param name="digest">Its digest.</param>
    /// <param name="offset">Where to begin, in bytes from its start.</param>
    /// <exception cref="NsToolsException">It is not there (<c>BlobNotFound</c>), or no regular file (<c>LayoutInvalid</c>).</exception>
    public FileStream OpenBlob(Digest digest, long offset = 0)
    {
        string file = BlobPath(digest);
        if (!File.Exists(file))
            throw BlobFailure.NotFound(Path, digest);
        // Anybody may have packed the layout: without O_NONBLOCK the opening of a pipe would never end.
        SafeFileHandle handle = Descriptor.Open(file, LibC.O_RDONLY | LibC.O_NONBLOCK);
        try
        {
            if (!FileContent.IsRegular(handle))
            {
                throw new NsToolsException(
                    FailureKind.InvalidData, "LayoutInvalid", $"'{file}' is no regular file.", "Do not trust the layout.");
            }
            // bufferSize 0: who reads has a large buffer.
            return new FileStream(handle, FileAccess.Read, bufferSize: 0) { Position = offset };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads a small blob, verified.</summary>
    /// <param name="blob">What points to it.</param>
    /// <param name="most">How many bytes it may have.</param>
    /// <exception cref="NsToolsException">It is not there, larger, or not what it should be.</exception>
    public byte[] ReadBlob(ImageDescriptor blob, int most)
    {
        if (blob.Size > most)
            throw new NsToolsException(FailureKind.LimitExceeded, "BlobTooLarge", $"{Path}: {blob.Digest} has {blob.Size:N0} bytes, more than the {most:N0} that such a document may have.");
        using FileStream file = OpenBlob(blob.Digest);
        byte[] content = new byte[blob.Size];
        int length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        if (length < content.Length || file.Length != content.Length)
            throw BlobFailure.WrongSize(Path, blob, file.Length, isMore: file.Length > blob.Size);
        return blob.Digest.Matches(content) ? content : throw BlobFailure.WrongDigest(Path, blob);
    }

    /// <summary>Reads a manifest or index, verified.</summary>
    /// <param name="digest">Its digest.</param>
    /// <param name="mediaType">Its media type, where known.</param>
    /// <exception cref="NsToolsException">It is not there (<c>ManifestNotFound</c>) or not valid.</exception>
    public ManifestContent ReadManifest(Digest digest, string? mediaType = null)
    {
        if (!File.Exists(BlobPath(digest)))
        {
            throw new NsToolsException(
                FailureKind.NotFound, "ManifestNotFound", $"'{Path}' has no manifest {digest}.", "Only a part of the image may have been copied: copy it with -All.");
        }
        using FileStream file = OpenBlob(digest);
        if (file.Length > ImageDocuments.MaximumManifestSize)
            throw ManifestContent.TooLarge(Path);
        byte[] content = new byte[file.Length];
        file.ReadExactly(content);
        return ManifestContent.Create(content, mediaType, digest, Path);
    }

    /// <summary>Writes a small blob whose digest is known to be right.</summary>
    /// <param name="digest">Its digest.</param>
    /// <param name="content">Its content.</param>
    public void WriteBlob(Digest digest, ReadOnlySpan<byte> content)
    {
        string file = BlobPath(digest);
        if (new FileInfo(file) is { Exists: true } there && there.Length == content.Length)
            return;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        using var partial = PartialBlob.CreateNew(this);
        partial.Append(content);
        partial.Complete(digest);
    }

    /// <summary>Waits until the blobs' names are on the disk: index.json must not be there before what it refers to.</summary>
    internal void SynchronizeDirectories()
    {
        foreach (string directory in Directory.GetDirectories(BlobsPath))
        {
            using SafeFileHandle handle = Descriptor.Open(directory, LibC.O_RDONLY | LibC.O_DIRECTORY);
            FileContent.Synchronize(handle, directory);
        }
    }

    private ImageIndex ReadIndex()
    {
        if (!File.Exists(IndexPath))
            return new ImageIndex { MediaType = ImageMediaTypes.OciIndex };
        using var file = new FileStream(IndexPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (file.Length > MaximumIndexSize)
            throw new NsToolsException(FailureKind.LimitExceeded, "LayoutInvalid", $"'{IndexPath}' has more than {MaximumIndexSize:N0} bytes.");
        byte[] content = new byte[file.Length];
        file.ReadExactly(content);
        return ImageDocuments.ReadLayoutIndex(content, IndexPath);
    }

    private SafeFileHandle LockIndex(CancellationToken cancellation) => DirectoryLock.Acquire(System.IO.Path.Join(Path, "."), cancellation);
}
