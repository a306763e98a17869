using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Mounts;

/// <summary>
/// Paths inside a root directory whose content is not trusted. Absolute paths, <c>..</c> and absolute symbolic links
/// mean what they would mean after <c>chroot(2)</c>; nothing leads out, also while others rename and link meanwhile.
/// </summary>
public static class PathInRoot
{
    // struct open_how's resolve flags, linux/openat2.h.
    private const ulong NoMagicLinks = 0x02;
    private const ulong InRoot = 0x10;

    // A rename elsewhere can make openat2 unable to prove that ".." stays inside; it then says EAGAIN (openat2(2)).
    private const int Attempts = 128;

    /// <summary>Opens a directory to be the root of look-ups.</summary>
    /// <param name="path">A directory of the host.</param>
    /// <exception cref="SyscallException">It is not there, or no directory.</exception>
    public static SafeFileHandle OpenRoot(string path) => Descriptor.Open(path, O_PATH | O_DIRECTORY);

    /// <summary>Opens a path inside a root (<c>openat2(2)</c>, <c>RESOLVE_IN_ROOT</c>) with close-on-exec.</summary>
    /// <param name="root">The root.</param>
    /// <param name="path">The path, absolute or relative to the root.</param>
    /// <param name="flags"><c>O_PATH</c>, <c>O_RDONLY</c>, … without <c>O_CREAT</c>.</param>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public static unsafe SafeFileHandle Open(SafeFileHandle root, string path, int flags)
    {
        OpenHow how = new() { Flags = (ulong)(uint)(flags | O_CLOEXEC), Resolve = InRoot | NoMagicLinks };
        fixed (byte* bytes = PathBytes.Of(path.Length == 0 ? "/" : path))
        {
            for (int attempt = 1; ; attempt++)
            {
                int descriptor = (int)syscall(SyscallNumber.OpenAt2, Descriptor.Number(root), bytes, &how, sizeof(OpenHow));
                if (descriptor >= 0)
                    return new SafeFileHandle(descriptor, ownsHandle: true);
                if (errno != EAGAIN || attempt == Attempts)
                    throw SyscallException.FromLastError("openat2", path);
            }
        }
    }

    /// <summary>Opens a path inside a root; null when nothing is there.</summary>
    /// <param name="root">The root.</param>
    /// <param name="path">The path, absolute or relative to the root.</param>
    /// <param name="flags"><c>O_PATH</c>, <c>O_RDONLY</c>, …</param>
    /// <exception cref="SyscallException">It is there and cannot be opened.</exception>
    public static SafeFileHandle? TryOpen(SafeFileHandle root, string path, int flags)
    {
        try
        {
            return Open(root, path, flags);
        }
        catch (SyscallException missing) when (missing.Number == ENOENT)
        {
            return null;
        }
    }

    /// <summary>
    /// The place for a mount inside a root, which is made with the directories on the way to it where it is missing:
    /// directories with mode 0755, a file with mode 0644 and no content.
    /// </summary>
    /// <param name="root">The root.</param>
    /// <param name="path">The path, absolute or relative to the root.</param>
    /// <param name="isDirectory">Whether a missing place becomes a directory or a file.</param>
    /// <exception cref="SyscallException">
    /// It cannot be made: <c>ENOTDIR</c> where a file is in the way, <c>EROFS</c>, <c>ELOOP</c>, … What was made is removed again.
    /// </exception>
    public static MountTarget CreateTarget(SafeFileHandle root, string path, bool isDirectory) =>
        PathWalk.Run(root, path, isDirectory ? MissingPath.MakeDirectory : MissingPath.MakeFile);

    /// <summary>
    /// A descriptor of the place for a mount inside a root, as <see cref="CreateTarget"/> makes it; one that exists,
    /// which is nearly every one, takes a single call.
    /// </summary>
    /// <param name="root">The root.</param>
    /// <param name="path">The path, absolute or relative to the root.</param>
    /// <param name="isDirectory">Whether a missing place becomes a directory or a file.</param>
    /// <exception cref="SyscallException">As for <see cref="CreateTarget"/>.</exception>
    public static SafeFileHandle OpenTarget(SafeFileHandle root, string path, bool isDirectory) =>
        OpenTarget(root, path, isDirectory, out _);

    /// <inheritdoc cref="OpenTarget(SafeFileHandle, string, bool)"/>
    /// <param name="root">The root.</param>
    /// <param name="path">The path, absolute or relative to the root.</param>
    /// <param name="isDirectory">Whether a missing place becomes a directory or a file.</param>
    /// <param name="isCreated">Whether it was missing.</param>
    public static SafeFileHandle OpenTarget(SafeFileHandle root, string path, bool isDirectory, out bool isCreated)
    {
        isCreated = false;
        if (TryOpen(root, path, O_PATH) is { } existing)
            return existing;
        isCreated = true;
        if (TryMakeLast(root, path, isDirectory) is { } last)
            return last;
        using MountTarget made = CreateTarget(root, path, isDirectory);
        return made.TakeHandle();
    }

    // Where only the last component is missing, as below a new /dev. What comes in between, or a dangling link, is
    // left to the walk.
    private static unsafe SafeFileHandle? TryMakeLast(SafeFileHandle root, string path, bool isDirectory)
    {
        string trimmed = path.TrimEnd('/');
        int slash = trimmed.LastIndexOf('/');
        string name = trimmed[(slash + 1)..];
        if (name is "" or "." or ".." || TryOpen(root, slash <= 0 ? "/" : trimmed[..slash], O_PATH | O_DIRECTORY) is not { } parent)
            return null;
        using (parent)
        {
            fixed (byte* bytes = PathBytes.Of(name))
            {
                int made = isDirectory
                    ? mkdirat(Descriptor.Number(parent), bytes, PathWalk.DirectoryMode)
                    : FileNode.Make(Descriptor.Number(parent), bytes, (uint)S_IFREG | PathWalk.FileMode, 0);
                return made < 0 ? null : Descriptor.OpenAt(parent, name, O_PATH | O_NOFOLLOW);
            }
        }
    }

    /// <summary>An existing place inside a root, to mount on or to unmount.</summary>
    /// <param name="root">The root.</param>
    /// <param name="path">The path, absolute or relative to the root.</param>
    /// <exception cref="SyscallException">It is not there (<c>ENOENT</c>) or cannot be reached.</exception>
    public static MountTarget FindTarget(SafeFileHandle root, string path) => PathWalk.Run(root, path, MissingPath.Fail);

    /// <summary><c>struct open_how</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
