using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>The devices and links that every container has (config-linux.md, "Default Devices"), in a fresh tmpfs on <c>/dev</c>.</summary>
internal static unsafe class StandardDevices
{
    // devices.txt
    private static readonly (string Name, int Major, int Minor)[] s_devices =
        [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

    private static readonly (string Name, string Target)[] s_links =
    [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ];

    public static void Create(SafeFileHandle root)
    {
        using SafeFileHandle dev = PathInRoot.Open(root, "/dev", O_PATH | O_DIRECTORY);
        mode_t mask = umask(0);
        try
        {
            foreach ((string name, int major, int minor) in s_devices)
                CreateDevice(dev, name, major, minor);
            foreach ((string name, string target) in s_links)
                Link(dev, name, target);
            // devpts(5): the instance's own multiplexer.
            using SafeFileHandle? pts = PathInRoot.TryOpen(root, "/dev/pts/ptmx", O_PATH);
            if (pts is not null)
                Link(dev, "ptmx", "pts/ptmx");
        }
        finally
        {
            _ = umask(mask);
        }
    }

    private static void CreateDevice(SafeFileHandle dev, string name, int major, int minor)
    {
        fixed (byte* bytes = PathBytes.Of(name))
        {
            if (FileNode.Make(Descriptor.Number(dev), bytes, (uint)S_IFCHR | 0b110_110_110, (uint)((major << 8) | minor)) == 0 || errno == EEXIST)
                return;
        }
        // In a user namespace devices cannot be made (mknod(2)); the host's are bound instead.
        if (errno != EPERM)
            throw SyscallException.FromLastError("mknodat", $"/dev/{name}");
        using SafeFileHandle tree = MountTree.Clone($"/dev/{name}", recursive: false);
        using MountTarget target = PathInRoot.CreateTarget(dev, name, isDirectory: false);
        MountTree.Attach(tree, target.Handle, $"/dev/{name}");
    }

    private static void Link(SafeFileHandle dev, string name, string target)
    {
        fixed (byte* link = PathBytes.Of(name))
        fixed (byte* text = PathBytes.Of(target))
        {
            if (symlinkat(text, Descriptor.Number(dev), link) < 0 && errno != EEXIST)
                throw SyscallException.FromLastError("symlinkat", $"/dev/{name}");
        }
    }
}
