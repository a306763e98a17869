using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// <c>linux.maskedPaths</c> and <c>linux.readonlyPaths</c>. A masked file is covered by the host's <c>/dev/null</c>,
/// opened before the container's root is entered and looked at first, never by what the container has under that name
/// (CVE-2025-31133); a directory by an empty tmpfs. Paths that are not there need no cover.
/// </summary>
/// <param name="root">The container's root, while the host's files are still in reach.</param>
internal sealed class HiddenPaths(SafeFileHandle root) : IDisposable
{
    private SafeFileHandle? _null;
    private SafeFileHandle? _empty;

    /// <summary>Covers and seals what the config names.</summary>
    /// <param name="linux">The config.</param>
    /// <exception cref="SyscallException">One cannot be covered.</exception>
    public void Apply(LinuxSpec linux)
    {
        foreach (string path in linux.ReadonlyPaths ?? [])
        {
            using SafeFileHandle? place = TryOpen(path);
            if (place is not null)
                Seal(place, path);
        }
        foreach (string path in linux.MaskedPaths ?? [])
        {
            using SafeFileHandle? place = TryOpen(path);
            if (place is not null)
                Mask(place, path);
        }
    }

    public void Dispose()
    {
        _null?.Dispose();
        _empty?.Dispose();
    }

    // Below what is no directory there is nothing to hide.
    private SafeFileHandle? TryOpen(string path)
    {
        int error = OpenAt2.TryOpen(root, PathBytes.Of(path), O_PATH, ResolveFlags.InRoot | ResolveFlags.NoMagicLinks, 0, out SafeFileHandle? place);
        if (place is not null || error == ENOENT || error == ENOTDIR)
            return place;
        throw new SyscallException("openat2", error, path);
    }

    // With all that is mounted below it: a part that stayed writable would make the rest of it worthless.
    private static void Seal(SafeFileHandle place, string path)
    {
        using SafeFileHandle tree = MountTree.Clone(place, recursive: true, path);
        MountTree.SetAttributes(tree, new MountAttributeChange(MountAttributes.ReadOnly), recursive: true, path);
        MountTree.Attach(tree, place, path);
    }

    private void Mask(SafeFileHandle place, string path)
    {
        if (!Descriptor.IsDirectory(place))
        {
            _null ??= DeviceNodes.OpenHostDevice("/dev/null", (uint)S_IFCHR, DeviceNodes.MakeDevice(1, 3), "linux.maskedPaths");
            using SafeFileHandle nothing = MountTree.Clone(_null, recursive: false, path);
            MountTree.Attach(nothing, place, path);
            return;
        }
        if (_empty is null)
        {
            _empty = FileSystemContext.Mount("tmpfs", "tmpfs", MountOptions.Parse(["ro", "nosuid", "nodev", "noexec", "nr_inodes=2"]));
            MountTree.Attach(_empty, place, path);
            return;
        }
        // One empty directory does for all of them.
        using SafeFileHandle copy = MountTree.Clone(_empty, recursive: false, path);
        MountTree.Attach(copy, place, path);
    }
}
