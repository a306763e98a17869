using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Images.Layers;

/// <summary>
/// Files of a directory that have their length and metadata, but whose content is still where it comes from: a layer's
/// archive takes it from there, and a large file is not written twice.
/// </summary>
internal sealed class StandIns : IDisposable
{
    // Three descriptors each.
    private const int Most = 200;

    private readonly Dictionary<ulong, StandIn> _byInode = [];

    /// <summary>Notes a file.</summary>
    /// <param name="content">Where its content is; owned from here on, whatever is returned.</param>
    /// <param name="file">The file itself.</param>
    /// <param name="hashed">Gets the SHA-256 hash of the content once the archive has it, and what its inode says then; null for nobody.</param>
    /// <returns>False where there are too many already.</returns>
    public bool TryAdd(SafeFileHandle content, SafeFileHandle file, Action<byte[], FileStatus>? hashed)
    {
        if (_byInode.Count == Most)
        {
            content.Dispose();
            return false;
        }
        // Of a regular file an overlay shows the number that its inode has in the upper directory
        // (Documentation/filesystems/overlayfs.rst, "Inode properties"). Held open, so that no other file gets the number
        // when this one is replaced.
        _byInode[FileStatus.Of(file).Inode] = new StandIn(content, Descriptor.Reopen(file, LibC.O_PATH), hashed);
        return true;
    }

    /// <summary>What a file stands in for; null where it is one of its own.</summary>
    /// <param name="status">The file's status.</param>
    public StandIn? Find(in FileStatus status) => _byInode.GetValueOrDefault(status.Inode);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (StandIn standIn in _byInode.Values)
            standIn.Dispose();
        _byInode.Clear();
    }
}

/// <summary>A file that stands in for another one.</summary>
/// <param name="content">The other one; owned.</param>
/// <param name="file">The file; owned.</param>
/// <param name="hashed">Gets the SHA-256 hash of the content, and what its inode says then.</param>
internal sealed class StandIn(SafeFileHandle content, SafeFileHandle file, Action<byte[], FileStatus>? hashed) : IDisposable
{
    private readonly IncrementalHash? _hash = hashed is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The content, for the caller to read and to close.</summary>
    public SafeFileHandle Take() => Descriptor.Reopen(content, LibC.O_RDONLY);

    /// <summary>Takes a part of the content into its hash, on the thread that reads: another one hashes the archive.</summary>
    /// <param name="part">The part.</param>
    /// <param name="isLast">True for the last one.</param>
    public void Hash(ReadOnlySpan<byte> part, bool isLast)
    {
        if (_hash is null)
            return;
        _hash.AppendData(part);
        if (isLast)
            hashed!(_hash.GetHashAndReset(), FileStatus.Of(content));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        content.Dispose();
        file.Dispose();
        _hash?.Dispose();
    }
}
