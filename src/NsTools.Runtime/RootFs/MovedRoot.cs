using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// <c>--no-pivot</c>: an initramfs cannot be pivoted from (pivot_root(2), NOTES), so the root is moved over it and
/// changed to. Weaker than a pivot: the host's mounts stay below, and what would let a process see through is taken
/// away first.
/// </summary>
internal static unsafe class MovedRoot
{
    /// <summary>Enters the root.</summary>
    /// <param name="root">The container's root, mounted somewhere.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <exception cref="SyscallException">A step failed.</exception>
    public static void Enter(SafeFileHandle root, string path)
    {
        byte* here = stackalloc byte[] { (byte)'.', 0 };
        byte* top = stackalloc byte[] { (byte)'/', 0 };
        HideHost(MountIdentity.Of(root).Id);
        if (fchdir(Descriptor.Number(root)) < 0)
            throw SyscallException.FromLastError("fchdir", path);
        using (SafeFileHandle old = Descriptor.Open("/", O_PATH | O_DIRECTORY))
            MountTree.Attach(root, old, "/");
        if (chroot(here) < 0)
            throw SyscallException.FromLastError("chroot", path);
        if (chdir(top) < 0)
            throw SyscallException.FromLastError("chdir", "/");
    }

    // A procfs or sysfs of the host's that stays mounted, wherever, lets a user namespace made inside mount a whole new
    // one (mount_namespaces(7)): past everything that is masked.
    private static void HideHost(int root)
    {
        IReadOnlyList<MountInfoEntry> mounts = MountInfo.Read("/proc/self/mountinfo");
        foreach (MountInfoEntry mount in mounts.Reverse())
        {
            if (mount.FileSystem is not ("proc" or "sysfs") || IsBelow(mounts, mount, root))
                continue;
            ClassicMount.SetPropagation(mount.Target, PropagationType.Private, recursive: true);
            ClassicMount.Unmount(mount.Target, MNT_DETACH);
        }
    }

    private static bool IsBelow(IReadOnlyList<MountInfoEntry> mounts, MountInfoEntry mount, int root)
    {
        for (MountInfoEntry? at = mount; at is not null; at = at.ParentId == at.Id ? null : mounts.FirstOrDefault(m => m.Id == at.ParentId))
        {
            if (at.Id == root)
                return true;
        }
        return false;
    }
}
