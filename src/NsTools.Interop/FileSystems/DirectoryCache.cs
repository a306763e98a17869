using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.FileSystems;

/// <summary>
/// Descriptors of the directories below one, the last used ones kept open. All work on a tree goes through them, so
/// that no name is resolved twice, and none outside the tree: a link that leads out of it is refused with
/// <c>EXDEV</c> (<c>RESOLVE_BENEATH</c>, <c>openat2(2)</c>).
/// </summary>
/// <param name="root">The tree's top directory; not owned.</param>
/// <param name="capacity">How many descriptors to keep, at least 2.</param>
public sealed class DirectoryCache(SafeFileHandle root, int capacity = 64) : IDisposable
{
    private const int NotFound = 2;
    private const UnixFileMode MissingMode = (UnixFileMode)0b111_101_101;
    private readonly Dictionary<byte[], LinkedListNode<Item>> _items = new(ByteStringComparer.Instance);
    private readonly LinkedList<Item> _byUse = new();
    private bool _isStale;

    private readonly record struct Item(byte[] Path, SafeFileHandle Handle);

    /// <summary>The tree's top directory.</summary>
    public SafeFileHandle Root { get; } = root;

    /// <summary>The directory that a path lies in, made where it is missing (mode 0755 less the umask).</summary>
    /// <param name="path">A path, not the root.</param>
    /// <returns>A descriptor owned by the cache, valid until the call after the next one.</returns>
    /// <exception cref="SyscallException">
    /// <c>EXDEV</c>: the way leads out of the tree; <c>ENOTDIR</c>, <c>ELOOP</c>, <c>ENOSPC</c>, …
    /// </exception>
    public SafeFileHandle ParentOf(RelativePath path) => LookUp(path.Parent, create: true);

    /// <summary>The directory that a path lies in, which must be there.</summary>
    /// <param name="path">A path, not the root.</param>
    /// <returns>A descriptor owned by the cache, valid until the call after the next one.</returns>
    /// <exception cref="SyscallException"><c>ENOENT</c>: it is not there; or as <see cref="ParentOf"/>.</exception>
    public SafeFileHandle ExistingParentOf(RelativePath path) => LookUp(path.Parent, create: false);

    /// <summary>
    /// To be called after a name has been taken away: cached descriptors may have been reached over it. They are
    /// closed before the next look-up; until then those that the caller works in stay open.
    /// </summary>
    public void Invalidate() => _isStale = true;

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private SafeFileHandle LookUp(ReadOnlySpan<byte> path, bool create)
    {
        if (_isStale)
            Clear();
        return Directory(path, create);
    }

    private void Clear()
    {
        _isStale = false;
        foreach (Item item in _byUse)
            item.Handle.Dispose();
        _byUse.Clear();
        _items.Clear();
    }

    private SafeFileHandle Directory(ReadOnlySpan<byte> path, bool create)
    {
        if (path.IsEmpty)
            return Root;
        var lookup = _items.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(path, out LinkedListNode<Item>? node))
        {
            if (node != _byUse.First)
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
            }
            return node.Value.Handle;
        }
        byte[] key = path.ToArray();
        SafeFileHandle handle = Open(key, create);
        if (_items.Count >= capacity && _byUse.Last is { } oldest)
        {
            oldest.Value.Handle.Dispose();
            _items.Remove(oldest.Value.Path);
            _byUse.RemoveLast();
        }
        _items[key] = _byUse.AddFirst(new Item(key, handle));
        return handle;
    }

    private unsafe SafeFileHandle Open(byte[] path, bool create)
    {
        byte[] terminated = [.. path, 0];
        bool isMade = false;
        while (true)
        {
            int error = OpenAt2.TryOpen(
                Root, terminated, O_PATH | O_DIRECTORY, ResolveFlags.Beneath | ResolveFlags.NoMagicLinks, 0, out SafeFileHandle? handle);
            if (handle is not null)
            {
                // Whatever the caller's umask is: the same archive makes the same tree.
                if (isMade)
                    File.SetUnixFileMode($"/proc/thread-self/fd/{handle.DangerousGetHandle()}", MissingMode);
                return handle;
            }
            if (error != NotFound || !create)
                throw new SyscallException("openat2", error, System.Text.Encoding.UTF8.GetString(path));
            // Only a missing directory is made; the next round opens it, and by the same rules.
            int slash = path.AsSpan().LastIndexOf((byte)'/');
            SafeFileHandle parent = Directory(path.AsSpan(0, Math.Max(0, slash)), create: true);
            fixed (byte* name = terminated.AsSpan(slash + 1))
            {
                if (mkdirat((int)parent.DangerousGetHandle(), name, (mode_t)(ushort)MissingMode) < 0)
                    throw SyscallException.FromLastError("mkdirat", System.Text.Encoding.UTF8.GetString(path));
            }
            isMade = true;
        }
    }
}
