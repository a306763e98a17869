using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// Device nodes: <c>linux.devices</c>, then those that every container has (config-linux.md, "Default Devices"), and
/// the links in <c>/dev</c>. What is there already under a device's name is that very device or is covered by the
/// host's: an image does not get to say what <c>/dev/null</c> is (CVE-2025-31133).
/// </summary>
/// <param name="root">The container's root.</param>
/// <param name="proc">The kernel's procfs.</param>
internal sealed unsafe class DeviceNodes(SafeFileHandle root, ProcFileSystem proc)
{
    private const uint DefaultMode = 0b110_110_110;
    private const uint PermissionMask = 0b111_111_111_111;

    // devices.txt
    private static readonly DeviceSpec[] s_defaults =
    [
        Character("/dev/null", 1, 3), Character("/dev/zero", 1, 5), Character("/dev/full", 1, 7),
        Character("/dev/random", 1, 8), Character("/dev/urandom", 1, 9), Character("/dev/tty", 5, 0),
    ];

    private static readonly (string Name, string Target)[] s_links =
    [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"),
    ];

    /// <summary>Makes them all.</summary>
    /// <param name="spec">The config.</param>
    /// <param name="isContainer">True for a container; false for a command of NsTools, which leaves a root's own <c>/dev</c> as it is.</param>
    /// <exception cref="SyscallException">A step failed; the message names the device.</exception>
    public void Create(RuntimeSpec spec, bool isContainer)
    {
        IReadOnlyList<DeviceSpec> asked = spec.Linux?.Devices ?? [];
        bool fillsDev = FillsDev(spec, isContainer);
        if (asked.Count == 0 && !fillsDev)
            return;
        // The mode is the config's, whatever the caller's umask.
        mode_t mask = umask(0);
        try
        {
            for (int i = 0; i < asked.Count; i++)
                Create(asked[i], string.Create(CultureInfo.InvariantCulture, $"linux.devices[{i}]"));
            if (fillsDev)
                Fill(asked);
        }
        finally
        {
            _ = umask(mask);
        }
    }

    // A /dev that is bound is another's, and has what it has; so has that of the host's root.
    private static bool FillsDev(RuntimeSpec spec, bool isContainer)
    {
        MountSpec? dev = null;
        foreach (MountSpec item in spec.Mounts ?? [])
            dev = item.Destination.AsSpan().Trim('/').SequenceEqual("dev") ? item : dev;
        return dev is null ? isContainer && spec.Root is not null : !BindMount.Is(dev, MountOptions.Parse(dev.Options));
    }

    private static DeviceSpec Character(string path, int major, int minor) => new() { Type = "c", Path = path, Major = major, Minor = minor };

    private void Fill(IReadOnlyList<DeviceSpec> asked)
    {
        using SafeFileHandle dev = PathInRoot.OpenTarget(root, "/dev", isDirectory: true);
        foreach (DeviceSpec device in s_defaults)
        {
            if (!asked.Any(a => a.Path == device.Path))
                Create(dev, device.Path["/dev/".Length..], device, device.Path);
        }
        foreach ((string name, string target) in s_links)
            Link(dev, name, target);
        // Where the kernel has it; it is masked, but programs look for the link.
        if (HasCore())
            Link(dev, "core", "/proc/kcore");
    }

    private void Create(DeviceSpec device, string name)
    {
        int slash = device.Path.TrimEnd('/').LastIndexOf('/');
        string file = device.Path.TrimEnd('/')[(slash + 1)..];
        if (file is "" or "." or "..")
            throw new SyscallException("mknodat", EINVAL, device.Path, $"{name}.path names no file");
        using SafeFileHandle directory = PathInRoot.OpenTarget(root, slash <= 0 ? "/" : device.Path[..slash], isDirectory: true);
        Create(directory, file, device, name);
    }

    private static void Create(SafeFileHandle directory, string file, DeviceSpec device, string name)
    {
        uint type = TypeOf(device);
        ulong number = device.Type == "p" ? 0 : MakeDevice((uint)device.Major!, (uint)device.Minor!);
        uint mode = (device.FileMode ?? DefaultMode) & PermissionMask;
        fixed (byte* bytes = PathBytes.Of(file))
        {
            if (FileNode.Make(Descriptor.Number(directory), bytes, type | mode, (uint)number) == 0)
            {
                SetOwner(directory, file, device, type, number, name);
                return;
            }
        }
        int error = errno;
        if (error == EEXIST && IsDevice(directory, file, type, number))
        {
            SetOwner(directory, file, device, type, number, name);
            return;
        }
        // In a user namespace devices cannot be made (mknod(2)), and what an image has put there is not replaced but
        // covered: by the host's own, whose mode and owner it then has.
        if ((error == EPERM || error == EEXIST) && device.Type != "p")
            Bind(directory, file, device, type, number, name);
        else
            throw new SyscallException("mknodat", error, device.Path, name);
    }

    private static void Bind(SafeFileHandle directory, string file, DeviceSpec device, uint type, ulong number, string name)
    {
        using SafeFileHandle node = OpenHostDevice(device.Path, type, number, name);
        using SafeFileHandle tree = MountTree.Clone(node, recursive: false, device.Path);
        fixed (byte* bytes = PathBytes.Of(file))
        {
            if (FileNode.Make(Descriptor.Number(directory), bytes, (uint)S_IFREG | 0b110_110_110, 0) < 0 && errno != EEXIST)
                throw SyscallException.FromLastError("mknodat", device.Path, name);
        }
        using SafeFileHandle place = Descriptor.OpenAt(directory, file, O_PATH | O_NOFOLLOW);
        if (Descriptor.FileType(place) is var found && (found == (int)S_IFLNK || found == (int)S_IFDIR))
            throw new SyscallException("move_mount", EEXIST, device.Path, $"{name}: a {(found == (int)S_IFDIR ? "directory" : "symbolic link")} of the root file system lies there");
        MountTree.Attach(tree, place, device.Path);
    }

    /// <summary>Opens a device of the host, and makes sure that it is the one that is meant.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="type"><c>S_IFCHR</c> or <c>S_IFBLK</c>.</param>
    /// <param name="number">Its number, as <see cref="MakeDevice"/> has it.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="SyscallException">It is not there, or another one.</exception>
    public static SafeFileHandle OpenHostDevice(string path, uint type, ulong number, string name)
    {
        SafeFileHandle node;
        try
        {
            node = Descriptor.Open(path, O_PATH);
        }
        catch (SyscallException missing)
        {
            throw new SyscallException(missing.Syscall, missing.Number, path, $"{name}: in a user namespace a device is the host's own, bound");
        }
        if (Is(node, type, number))
            return node;
        node.Dispose();
        throw new SyscallException("open_tree", ENODEV, path, $"{name}: what the host has there is not device {number >> 8 & 0xfff}:{(number & 0xff) | (number >> 12 & 0xfff00)}");
    }

    /// <summary>A device number, as the kernel has it in 32 bits (<c>makedev(3)</c>).</summary>
    /// <param name="major">Major number.</param>
    /// <param name="minor">Minor number.</param>
    public static ulong MakeDevice(uint major, uint minor) => ((major & 0xfff) << 8) | (minor & 0xff) | ((minor & 0xfff00UL) << 12);

    private static uint TypeOf(DeviceSpec device) => device.Type switch
    {
        "b" => (uint)S_IFBLK,
        "p" => (uint)S_IFIFO,
        _ => (uint)S_IFCHR,
    };

    private static bool IsDevice(SafeFileHandle directory, string file, uint type, ulong number)
    {
        using SafeFileHandle entry = Descriptor.OpenAt(directory, file, O_PATH | O_NOFOLLOW);
        return Is(entry, type, number);
    }

    private static bool Is(SafeFileHandle entry, uint type, ulong number)
    {
        stat status;
        if (fstat(Descriptor.Number(entry), &status) < 0)
            throw SyscallException.FromLastError("fstat");
        return ((uint)status.st_mode & (uint)S_IFMT) == type && (type == (uint)S_IFIFO || (ulong)status.st_rdev == number);
    }

    // By a descriptor that was looked at: between the calls somebody may have put something else there.
    private static void SetOwner(SafeFileHandle directory, string file, DeviceSpec device, uint type, ulong number, string name)
    {
        if ((device.Uid ?? 0) == 0 && (device.Gid ?? 0) == 0)
            return;
        using SafeFileHandle entry = Descriptor.OpenAt(directory, file, O_PATH | O_NOFOLLOW);
        if (!Is(entry, type, number))
            throw new SyscallException("fchownat", EEXIST, device.Path, $"{name}: it was replaced while it was being made");
        byte empty = 0;
        if (fchownat(Descriptor.Number(entry), &empty, device.Uid ?? 0, device.Gid ?? 0, AT_EMPTY_PATH) < 0)
            throw SyscallException.FromLastError("fchownat", device.Path, name);
    }

    private bool HasCore()
    {
        fixed (byte* core = "kcore\0"u8)
            return faccessat(Descriptor.Number(proc.Root), core, F_OK, 0) == 0;
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
