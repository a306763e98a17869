using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// The container's terminal in its root: the multiplexer of its own devpts, and <c>/dev/console</c> (config-linux.md,
/// "Default Devices"). Both by descriptors: what an image has put in their place is neither opened nor followed
/// (CVE-2025-52565).
/// </summary>
internal static unsafe class ConsoleDevice
{
    /// <summary>Opens the multiplexer of the container's devpts; null when it has none.</summary>
    /// <param name="root">The container's root.</param>
    /// <exception cref="SyscallException">It is there and cannot be opened.</exception>
    public static SafeFileHandle? TryOpenMultiplexer(SafeFileHandle root)
    {
        using SafeFileHandle? pts = PathInRoot.TryOpen(root, "/dev/pts", O_PATH | O_DIRECTORY);
        return pts is not null && FileSystemMagic.Of(pts) == FileSystemMagic.DevPts
            ? Descriptor.OpenAt(pts, "ptmx", O_RDWR | O_NOCTTY)
            : null;
    }

    /// <summary>Mounts the terminal on <c>/dev/console</c>; a <c>/dev</c> that is the root file system's own is left as it is.</summary>
    /// <param name="root">The container's root.</param>
    /// <param name="terminal">The end of the terminal that the process has.</param>
    /// <exception cref="SyscallException">It cannot be mounted there.</exception>
    public static void Bind(SafeFileHandle root, SafeFileHandle terminal)
    {
        using SafeFileHandle? dev = PathInRoot.TryOpen(root, "/dev", O_PATH | O_DIRECTORY);
        if (dev is null || !MountIdentity.Of(dev).IsRoot)
            return;
        fixed (byte* name = "console\0"u8)
        {
            if (FileNode.Make(Descriptor.Number(dev), name, (uint)S_IFREG | 0b110_110_110, 0) < 0 && errno != EEXIST)
                throw SyscallException.FromLastError("mknodat", "/dev/console");
        }
        using SafeFileHandle place = Descriptor.OpenAt(dev, "console", O_PATH | O_NOFOLLOW);
        if (Descriptor.FileType(place) is var type && (type == (int)S_IFLNK || type == (int)S_IFDIR))
            throw new SyscallException("move_mount", EEXIST, "/dev/console", "what lies there is no place for a terminal");
        using SafeFileHandle tree = MountTree.Clone(terminal, recursive: false, "/dev/console");
        MountTree.Attach(tree, place, "/dev/console");
    }
}
