using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;

namespace NsTools.Images.Layouts;

/// <summary>
/// A blob in the making, under <c>.nstools/</c> of its layout by its digest, so that a later copy goes on with it. It
/// is locked while somebody writes it, and gets its place only when it is whole and on the disk.
/// </summary>
internal sealed class PartialBlob : IDisposable
{
    private const int WouldBlock = 11;
    private const string Suffix = ".partial";
    // What has come goes to the disk in steps of this size while the rest comes: a gigabyte that begins only at its end is waited for.
    private const long DiskStep = 8 << 20;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly OciLayout _layout;
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly bool _isResumable;
    private bool _isDone;
    private long _begun;

    private PartialBlob(OciLayout layout, string path, SafeFileHandle file, bool isResumable)
    {
        _layout = layout;
        _path = path;
        _file = file;
        _isResumable = isResumable;
        Length = _begun = RandomAccess.GetLength(file);
    }

    /// <summary>Bytes in it.</summary>
    public long Length { get; private set; }

    /// <summary>Opens what there is of a blob, or begins it; waits for another process or thread that is at it.</summary>
    /// <returns>Null when the blob has come to be there meanwhile.</returns>
    public static async Task<PartialBlob?> OpenAsync(OciLayout layout, ImageDescriptor blob, CancellationToken cancellation)
    {
        string path = Path.Join(layout.WorkPath, $"{blob.Digest.Algorithm}-{blob.Digest.Hex}{Suffix}");
        while (true)
        {
            if (layout.HasBlob(blob))
                return null;
            Directory.CreateDirectory(layout.WorkPath);
            if (TryOpen(path) is { } file)
            {
                // Whoever had it may have finished between the look and the lock: then this is a new, empty file.
                if (!layout.HasBlob(blob))
                    return new PartialBlob(layout, path, file, isResumable: true);
                File.Delete(path);
                file.Dispose();
                return null;
            }
            await Task.Delay(s_pause, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>True for the name of one that a later copy finds by its digest and goes on with.</summary>
    /// <param name="name">Name of a file.</param>
    public static bool IsResumableName(string name) => name.EndsWith(Suffix, StringComparison.Ordinal);

    /// <summary>Begins a blob whose digest is not known yet.</summary>
    public static PartialBlob CreateNew(OciLayout layout)
    {
        Directory.CreateDirectory(layout.WorkPath);
        string path = Path.Join(layout.WorkPath, $"new-{Guid.NewGuid():N}");
        return new PartialBlob(layout, path, TryOpen(path)!, isResumable: false);
    }

    /// <summary>Puts what is there of it through a hash.</summary>
    public void Hash(IncrementalHash hash, CancellationToken cancellation)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(Length, 1 << 20));
        for (long offset = 0; offset < Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            int read = RandomAccess.Read(_file, buffer, offset);
            if (read == 0)
                break;
            hash.AppendData(buffer, 0, read);
            offset += read;
        }
    }

    /// <summary>Adds to it.</summary>
    public void Append(ReadOnlySpan<byte> content)
    {
        FileContent.Write(_file, content, Length, _path);
        Length += content.Length;
        if (Length - _begun < DiskStep)
            return;
        FileContent.BeginSynchronize(_file, _begun, Length - _begun);
        _begun = Length;
    }

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        RandomAccess.SetLength(_file, 0);
        Length = _begun = 0;
    }

    /// <summary>Begins to put it on the disk, for <see cref="Complete"/> to wait the less.</summary>
    public void BeginSynchronize() => FileContent.BeginSynchronize(_file);

    /// <summary>Gives it its place when it is on the disk; its content must have the digest.</summary>
    public void Complete(Digest digest)
    {
        FileContent.Synchronize(_file, _path);
        string place = _layout.BlobPath(digest);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.Move(_path, place, overwrite: true);
        _isDone = true;
    }

    /// <summary>Throws it away: what is in it is wrong.</summary>
    public void Discard()
    {
        File.Delete(_path);
        _isDone = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isDone && (Length == 0 || !_isResumable))
            File.Delete(_path);
        _file.Dispose();
        // The last one takes the directory with it; where others are at work it is not empty.
        try
        {
            Directory.Delete(_layout.WorkPath);
        }
        catch (IOException)
        {
        }
    }

    // FileShare.None takes an advisory lock, as every .NET process sees it.
    private static SafeFileHandle? TryOpen(string path)
    {
        while (true)
        {
            try
            {
                SafeFileHandle file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
                // Its former owner may have renamed or removed what was opened here before it was locked.
                if (FileContent.IsAt(file, path))
                    return file;
                file.Dispose();
            }
            catch (IOException exception) when (exception.HResult == WouldBlock)
            {
                return null;
            }
            catch (DirectoryNotFoundException)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            }
        }
    }
}
