using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>Makes the config's root the root directory: pivot_root(2) in a new mount namespace, chroot(2) otherwise.</summary>
internal static unsafe class RootEntry
{
    public static void Enter(RuntimeSpec spec, StageFlags flags)
    {
        if ((flags & StageFlags.JoinMount) != 0)
            JoinMountNamespace();
        bool newMounts = (spec.Linux?.Namespaces ?? []).Any(n => n.Type == "mount" && n.Path is null);
        if (newMounts)
            SetUpMounts(spec);
        else if ((flags & StageFlags.Root) != 0)
            ChangeRoot();
    }

    // setns(2) wants a thread that shares root and working directory with no other one.
    private static void JoinMountNamespace()
    {
        if (unshare(CLONE_FS) < 0)
            throw SyscallException.FromLastError("unshare", "CLONE_FS");
        if (setns(StageProtocol.MountNamespaceDescriptor, CLONE_NEWNS) < 0)
            throw SyscallException.FromLastError("setns", null, "joining the mount namespace");
    }

    private static void ChangeRoot()
    {
        byte* here = stackalloc byte[] { (byte)'.', 0 };
        byte* root = stackalloc byte[] { (byte)'/', 0 };
        if (fchdir(StageProtocol.RootDescriptor) < 0)
            throw SyscallException.FromLastError("fchdir", null, "entering the root directory");
        if (chroot(here) < 0)
            throw SyscallException.FromLastError("chroot");
        if (chdir(root) < 0)
            throw SyscallException.FromLastError("chdir", "/");
    }

    private static void SetUpMounts(RuntimeSpec spec)
    {
        (PropagationType propagation, bool recursive) = Propagation(spec.Linux?.RootfsPropagation);
        if (spec.Root is not { } root)
        {
            ClassicMount.SetPropagation("/", propagation, recursive);
            using SafeFileHandle own = PathInRoot.OpenRoot("/");
            using var mounts = new MountSetup(own);
            mounts.Run(spec);
            return;
        }
        // Slave, not private: what the host unmounts later disappears here, too, and is not kept busy. And pivot_root
        // refuses a shared parent.
        ClassicMount.SetPropagation("/", PropagationType.Slave, recursive: true);
        string path = Path.GetFullPath(root.Path);
        SafeFileHandle tree = MountTree.Clone(path, recursive: true);
        using (SafeFileHandle place = Descriptor.Open(path, O_PATH | O_DIRECTORY))
            MountTree.Attach(tree, place, path);
        using (var mounts = new MountSetup(tree))
        {
            mounts.Run(spec);
            Pivot(mounts.Root, path);
        }
        ClassicMount.SetPropagation("/", propagation, recursive);
        if (root.Readonly)
        {
            using SafeFileHandle mount = PathInRoot.OpenRoot("/");
            MountTree.SetAttributes(mount, new MountAttributeChange(MountAttributes.ReadOnly), recursive: false, "/");
        }
    }

    // pivot_root(2), NOTES: with "." twice the old root lands on top of the new one, and is detached from there.
    private static void Pivot(SafeFileHandle root, string path)
    {
        byte* here = stackalloc byte[] { (byte)'.', 0 };
        byte* top = stackalloc byte[] { (byte)'/', 0 };
        if (fchdir(Descriptor.Number(root)) < 0)
            throw SyscallException.FromLastError("fchdir", path);
        if ((int)syscall(SyscallNumber.PivotRoot, here, here) < 0)
            throw SyscallException.FromLastError("pivot_root", path);
        if (umount2(here, MNT_DETACH) < 0)
            throw SyscallException.FromLastError("umount2", "/", "detaching the host's root");
        if (chdir(top) < 0)
            throw SyscallException.FromLastError("chdir", "/");
    }

    private static (PropagationType Type, bool Recursive) Propagation(string? name) => name switch
    {
        "private" => (PropagationType.Private, false),
        "slave" => (PropagationType.Slave, false),
        "rslave" => (PropagationType.Slave, true),
        "shared" => (PropagationType.Shared, false),
        "rshared" => (PropagationType.Shared, true),
        "unbindable" => (PropagationType.Unbindable, false),
        "runbindable" => (PropagationType.Unbindable, true),
        _ => (PropagationType.Private, true),
    };
}
