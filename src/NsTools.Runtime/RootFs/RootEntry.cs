using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// Makes the config's root the root directory, in two steps. <see cref="Begin"/> has all mounts and devices made while
/// the host's own files are still there by their paths; between the two is the place of the hooks that config.md runs
/// "before pivot_root". <see cref="Complete"/> closes what the container must not see, and enters.
/// </summary>
internal sealed unsafe class RootEntry : IDisposable
{
    private readonly RuntimeSpec _spec;
    private readonly StageOptions _options;
    private MountSetup? _mounts;

    private RootEntry(RuntimeSpec spec, StageOptions options) => (_spec, _options) = (spec, options);

    /// <summary>A descriptor of the container's root, prepared but not entered; null when no mount namespace was made.</summary>
    public SafeFileHandle? Root => _mounts?.Root;

    /// <summary>Makes mounts, devices and links of a new mount namespace; joins one that exists.</summary>
    /// <param name="spec">The config.</param>
    /// <param name="options">What the outer stage left to do.</param>
    /// <exception cref="SyscallException">A step failed.</exception>
    /// <exception cref="RuntimeSpecException">The config asks for what cannot be.</exception>
    public static RootEntry Begin(RuntimeSpec spec, StageOptions options)
    {
        var entry = new RootEntry(spec, options);
        try
        {
            if (options.JoinsMount)
                JoinMountNamespace();
            if ((spec.Linux?.Namespaces ?? []).Any(n => n.Type == "mount" && n.Path is null))
                entry.SetUp();
            return entry;
        }
        catch
        {
            entry.Dispose();
            throw;
        }
    }

    /// <summary>Enters the root.</summary>
    /// <exception cref="SyscallException">A step failed.</exception>
    public void Complete()
    {
        if (_mounts is not null)
            CompleteMounts(_mounts);
        else if (_options.ChangesRoot)
            ChangeRoot();
    }

    public void Dispose() => _mounts?.Dispose();

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

    private void SetUp()
    {
        (PropagationType propagation, bool recursive) = Propagation(_spec.Linux?.RootfsPropagation);
        if (_spec.Root is not { } root)
        {
            ClassicMount.SetPropagation("/", propagation, recursive);
            _mounts = new MountSetup(PathInRoot.OpenRoot("/"));
            _mounts.Run(_spec);
            return;
        }
        // Slave, not private: what the host unmounts later disappears here, too, and is not kept busy. And pivot_root
        // refuses a shared parent.
        ClassicMount.SetPropagation("/", PropagationType.Slave, recursive: true);
        string path = Path.GetFullPath(root.Path);
        SafeFileHandle tree = MountTree.Clone(path, recursive: true);
        using (SafeFileHandle place = Descriptor.Open(path, O_PATH | O_DIRECTORY))
            MountTree.Attach(tree, place, path);
        _mounts = new MountSetup(tree);
        _mounts.Run(_spec);
    }

    private void CompleteMounts(MountSetup mounts)
    {
        if (_spec.Root is not { } root)
            return;
        Pivot(mounts.Root, root.Path);
        (PropagationType propagation, bool recursive) = Propagation(_spec.Linux?.RootfsPropagation);
        ClassicMount.SetPropagation("/", propagation, recursive);
        if (root.Readonly)
            MountTree.SetAttributes(mounts.Root, new MountAttributeChange(MountAttributes.ReadOnly), recursive: false, "/");
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
