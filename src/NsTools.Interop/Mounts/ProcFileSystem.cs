using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Mounts;

/// <summary>
/// The kernel's own procfs, whatever lies on <c>/proc</c>. Files that decide about security (<c>sys/…</c>,
/// <c>self/attr/…</c>, <c>self/oom_score_adj</c>) are opened through it and never by a path: a container that puts
/// another file in their place, or redirects the write with a link or a mount, does not get it (CVE-2019-16884,
/// CVE-2025-52881).
/// </summary>
public sealed class ProcFileSystem : IDisposable
{
    // fs/proc: PROC_ROOT_INO.
    private const ulong RootInode = 1;

    // No mount inside procfs is crossed: one on top of a file is what the attack would be made of.
    private const ResolveFlags Resolution = ResolveFlags.Beneath | ResolveFlags.NoMagicLinks | ResolveFlags.NoCrossDevice;

    private SafeFileHandle? _private;

    private ProcFileSystem(SafeFileHandle root) => Root = root;

    /// <summary>A descriptor of procfs' root.</summary>
    public SafeFileHandle Root { get; }

    /// <summary>
    /// Opens it: what is mounted on <c>/proc</c> when that is procfs' very root, otherwise an instance of its own that
    /// is mounted nowhere.
    /// </summary>
    /// <exception cref="SyscallException">There is no procfs on <c>/proc</c>, and one cannot be made.</exception>
    public static ProcFileSystem Open()
    {
        SafeFileHandle? mounted = TryOpenMounted();
        return new ProcFileSystem(mounted ?? MountPrivate());
    }

    /// <summary>True for a descriptor of the root of a procfs.</summary>
    /// <param name="handle">The descriptor.</param>
    /// <exception cref="SyscallException">It cannot be asked.</exception>
    public static unsafe bool IsRoot(SafeFileHandle handle)
    {
        stat status;
        return FileSystemMagic.Of(handle) == FileSystemMagic.Proc
            && fstat(Descriptor.Number(handle), &status) == 0
            && status.st_ino == RootInode;
    }

    /// <summary>Opens a file of procfs.</summary>
    /// <param name="path">Its path in there, such as <c>sys/net/ipv4/ip_forward</c> or <c>self/oom_score_adj</c>.</param>
    /// <param name="flags"><c>O_RDONLY</c>, <c>O_WRONLY</c>, …</param>
    /// <exception cref="SyscallException">It is not there (<c>ENOENT</c>), or cannot be opened.</exception>
    public SafeFileHandle OpenFile(string path, int flags)
    {
        byte[] bytes = PathBytes.Of(path);
        int error = OpenAt2.TryOpen(Root, bytes, flags, Resolution, 0, out SafeFileHandle? file);
        if (error == EXDEV)
        {
            // Something is mounted over it, as in a container whose paths are masked. A new instance has nothing on it;
            // the kernel gives one to who may see all of procfs (mount_namespaces(7)).
            _private ??= MountPrivate();
            error = OpenAt2.TryOpen(_private, bytes, flags, Resolution, 0, out file);
        }
        return file ?? throw new SyscallException("openat2", error, $"/proc/{path}");
    }

    /// <summary>Writes a file of procfs with a single <c>write(2)</c>.</summary>
    /// <param name="path">Its path in there.</param>
    /// <param name="value">What to write.</param>
    /// <exception cref="SyscallException">It is not there, or refuses the value (<c>EINVAL</c>, <c>ERANGE</c>, <c>EPERM</c>).</exception>
    public unsafe void Write(string path, string value)
    {
        using SafeFileHandle file = OpenFile(path, O_WRONLY);
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* data = bytes)
        {
            if (write(Descriptor.Number(file), data, bytes.Length) < 0)
                throw SyscallException.FromLastError("write", $"/proc/{path}", $"the value was '{value}'");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Root.Dispose();
        _private?.Dispose();
    }

    private static SafeFileHandle? TryOpenMounted()
    {
        SafeFileHandle mounted;
        try
        {
            mounted = Descriptor.Open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW);
        }
        catch (SyscallException missing) when (missing.Number == ENOENT || missing.Number == ENOTDIR)
        {
            return null;
        }
        if (IsRoot(mounted))
            return mounted;
        mounted.Dispose();
        return null;
    }

    private static SafeFileHandle MountPrivate() => FileSystemContext.Mount(
        "proc", "proc", MountOptions.Parse(["nosuid", "nodev", "noexec"]));
}
