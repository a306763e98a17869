using System.Security.Cryptography;
using NsTools.Interop.FileSystems;

namespace NsTools.Images;

/// <summary>A blob in a file without a name, whose digest has come to be known by writing it.</summary>
internal sealed class SpooledBlob : IDisposable
{
    private const int BufferSize = 1 << 20;
    private readonly FileStream _file;

    private SpooledBlob(FileStream file, ImageDescriptor blob)
    {
        _file = file;
        Blob = blob;
    }

    /// <summary>What points to it.</summary>
    public ImageDescriptor Blob { get; }

    /// <summary>Takes a content in.</summary>
    /// <param name="content">The content.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<SpooledBlob> CreateAsync(Stream content, string mediaType, CancellationToken cancellation)
    {
        // /tmp is memory on many hosts, and a layer may have gigabytes: TMPDIR or /var/tmp, as Podman has it.
        string directory = Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } given ? given : "/var/tmp";
        string path = Path.Join(directory, $"nstools-{Guid.NewGuid():N}");
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        try
        {
            // However this process ends, nothing is left.
            File.Delete(path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
            long length = 0;
            while (await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) is > 0 and int read)
            {
                hash.AppendData(buffer, 0, read);
                FileContent.Write(file.SafeFileHandle, buffer.AsSpan(0, read), length, path);
                length += read;
            }
            return new SpooledBlob(file, new ImageDescriptor { MediaType = mediaType, Digest = Digest.Of(hash), Size = length });
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens it at a place; a <see cref="BlobOpener"/>.</summary>
    public Task<Stream> OpenAsync(long offset, CancellationToken cancellation) => Task.FromResult<Stream>(new Part(_file, offset));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private sealed class Part(FileStream file, long offset) : RootFileSystems.Archives.ForwardStream
    {
        private long _position = offset;

        public override int Read(Span<byte> buffer)
        {
            int read = RandomAccess.Read(file.SafeFileHandle, buffer, _position);
            _position += read;
            return read;
        }
    }
}
