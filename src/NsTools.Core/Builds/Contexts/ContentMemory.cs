using System.Buffers.Binary;
using NsTools.Hosts;
using NsTools.Interop.FileSystems;

namespace NsTools.Builds.Contexts;

/// <summary>
/// Hashes of large files that were read before, by device and inode (<c>builds/contents/</c> of the data directory). One
/// counts as long as size, time of modification and time of change are what they were: the last of them moves with every
/// change and cannot be set.
/// </summary>
/// <param name="isForgetful">True knows nothing, and keeps what it is told for others.</param>
internal sealed class ContentMemory(bool isForgetful)
{
    private const int HashLength = 32, StampLength = 5 * sizeof(long), EntryLength = StampLength + HashLength;
    // The clock of files ticks coarsely, and a file that changes within one tick looks the same before and after: what was
    // changed only just now is not kept (Documentation/technical/racy-git.txt of Git has the same rule).
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(2);

    private readonly DateTimeOffset _begin = DateTimeOffset.UtcNow;

    private static string Root => Path.Join(RuntimeDirectories.DataRoot, "builds", "contents");

    /// <summary>The hash of a file; null where it is not known.</summary>
    /// <param name="status">What its inode says.</param>
    public byte[]? Find(in FileStatus status)
    {
        if (isForgetful)
            return null;
        try
        {
            byte[] entry = File.ReadAllBytes(PathOf(status));
            // A crash may have left less.
            return entry.Length == EntryLength && entry.AsSpan(0, StampLength).SequenceEqual(StampOf(status)) ? entry[StampLength..] : null;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Keeps the hash of a file, where it is certain to be that of what is in it.</summary>
    /// <param name="before">What its inode said before it was read.</param>
    /// <param name="after">What it said then.</param>
    /// <param name="hash">SHA-256 hash of its content.</param>
    public void Add(in FileStatus before, in FileStatus after, byte[] hash)
    {
        byte[] stamp = StampOf(before);
        if (!stamp.AsSpan().SequenceEqual(StampOf(after)) || DateTimeOffset.FromUnixTimeSeconds(before.ChangedSeconds) + s_settled > _begin)
            return;
        Directory.CreateDirectory(Root);
        string temporary = Path.Join(Root, $".{Guid.NewGuid():N}");
        File.WriteAllBytes(temporary, [.. stamp, .. hash]);
        File.Move(temporary, PathOf(before), overwrite: true);
    }

    private static string PathOf(in FileStatus status) => Path.Join(Root, $"{status.Device:x}-{status.Inode:x}");

    private static byte[] StampOf(in FileStatus status)
    {
        byte[] stamp = new byte[StampLength];
        ReadOnlySpan<long> values = [status.Size, status.ModifiedSeconds, status.ModifiedNanoseconds, status.ChangedSeconds, status.ChangedNanoseconds];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(stamp.AsSpan(i * sizeof(long)), values[i]);
        return stamp;
    }
}
