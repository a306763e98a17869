using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.FileSystems;

/// <summary>
/// Finds where paths of a root file system really lead when a directory on their way is a symbolic link: <c>bin/sh</c>
/// is <c>usr/bin/sh</c> where <c>bin</c> is a link. Links are followed as after <c>chroot(2)</c>, absolute ones and
/// <c>..</c> too, so that no path leads out (<c>RESOLVE_IN_ROOT</c>, <c>openat2(2)</c>).
/// </summary>
/// <param name="root">The root; not owned.</param>
public sealed class InRootPaths(SafeFileHandle root)
{
    private const int NotFound = 2, Exists = 17, Loop = 40;
    // A tree of more directories is looked up again, which costs a call for each.
    private const int MaximumKnown = 8192;

    private readonly Dictionary<byte[], RelativePath> _known = new(ByteStringComparer.Instance);
    private string? _rootName;

    /// <summary>Where a path leads: its directory without any link in it, and its own name, which is not followed.</summary>
    /// <param name="path">The path.</param>
    /// <param name="create">True to make the directories on its way that are missing (0755, less the umask).</param>
    /// <returns>The path; null when a directory on its way is missing and none is to be made.</returns>
    /// <exception cref="SyscallException">
    /// <c>ENOENT</c>: a link on the way leads to nothing inside the root; <c>ENOTDIR</c>: a file is on the way; <c>ELOOP</c>, …
    /// </exception>
    public RelativePath? Resolve(RelativePath path, bool create)
    {
        ReadOnlySpan<byte> parent = path.Parent;
        if (parent.IsEmpty)
            return path;
        RelativePath? directory = Directory(parent, create);
        if (directory is null)
            return null;
        return directory.Bytes.SequenceEqual(parent) ? path : directory.Append(path.Name);
    }

    /// <summary>To be called after something has been taken away or replaced: links may lead elsewhere now.</summary>
    public void Invalidate() => _known.Clear();

    private RelativePath? Directory(ReadOnlySpan<byte> path, bool create)
    {
        if (path.IsEmpty)
            return RelativePath.Root;
        var lookup = _known.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(path, out RelativePath? known))
            return known;
        byte[] terminated = [.. path, 0];
        RelativePath? found = Find(terminated) ?? (create ? Create(terminated) : null);
        if (found is null)
            return null;
        if (_known.Count >= MaximumKnown)
            _known.Clear();
        _known[terminated[..^1]] = found;
        return found;
    }

    private RelativePath? Find(byte[] terminated)
    {
        const ResolveFlags Plain = ResolveFlags.Beneath | ResolveFlags.NoSymlinks;
        int error = OpenAt2.TryOpen(root, terminated, O_PATH | O_DIRECTORY, Plain, 0, out SafeFileHandle? handle);
        if (error == Loop)
        {
            error = OpenAt2.TryOpen(root, terminated, O_PATH | O_DIRECTORY, ResolveFlags.InRoot | ResolveFlags.NoMagicLinks, 0, out handle);
            using (handle)
            {
                if (handle is not null)
                    return NameOf(handle);
            }
        }
        using (handle)
        {
            if (error == NotFound)
                return null;
            if (error != 0 || RelativePath.TryParse(terminated.AsSpan(0, terminated.Length - 1), out RelativePath path) != RelativePathProblem.None)
                throw new SyscallException("openat2", error, DisplayName.Of(terminated.AsSpan(0, terminated.Length - 1)));
            return path;
        }
    }

    private unsafe RelativePath Create(byte[] terminated)
    {
        int slash = terminated.AsSpan().LastIndexOf((byte)'/');
        RelativePath parent = Directory(terminated.AsSpan(0, Math.Max(0, slash)), create: true)!;
        using SafeFileHandle? directory = parent.IsRoot ? null : OpenPlain(parent);
        fixed (byte* name = terminated.AsSpan(slash + 1))
        {
            if (mkdirat(Descriptor.Number(directory ?? root), name, (mode_t)(ushort)0x1ED) < 0)
            {
                // It is there and yet leads nowhere: a link to what is not in this root.
                int error = errno == Exists ? NotFound : errno;
                throw new SyscallException(
                    "openat2", error, DisplayName.Of(terminated.AsSpan(0, terminated.Length - 1)), "a symbolic link on the way leads to nothing inside the root");
            }
        }
        return parent.Append(terminated.AsSpan(slash + 1, terminated.Length - slash - 2));
    }

    private SafeFileHandle OpenPlain(RelativePath path)
    {
        int error = OpenAt2.TryOpen(root, path.Terminated, O_PATH | O_DIRECTORY, ResolveFlags.Beneath | ResolveFlags.NoSymlinks, 0, out SafeFileHandle? handle);
        return handle ?? throw new SyscallException("openat2", error, path.ToString());
    }

    // proc_pid_fd(5): the kernel's own name of it, from which the root's is taken away.
    private RelativePath NameOf(SafeFileHandle directory)
    {
        _rootName ??= Descriptor.PathOf(root);
        byte[] own = System.Text.Encoding.UTF8.GetBytes(_rootName);
        byte[] name = Descriptor.PathBytesOf(directory);
        if (name.AsSpan().SequenceEqual(own))
            return RelativePath.Root;
        int start = own is [(byte)'/'] ? 1 : own.Length + 1;
        if (name.Length <= start || !name.AsSpan().StartsWith(own) || name[start - 1] != '/'
            || RelativePath.TryParse(name.AsSpan(start), out RelativePath path) != RelativePathProblem.None)
            throw new SyscallException("openat2", NotFound, DisplayName.Of(name), "the directory has been moved away meanwhile");
        return path;
    }
}
