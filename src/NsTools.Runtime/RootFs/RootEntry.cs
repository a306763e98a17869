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
    private readonly HostTrees _trees;
    private MountSetup? _mounts;
    private ProcFileSystem? _proc;
    private bool _isOnHostRoot;

    private RootEntry(RuntimeSpec spec, StageOptions options) =>
        (_spec, _options, _trees) = (spec, options, HostTrees.From(options.Trees));

    /// <summary>The kernel's procfs; with a root of its own it is opened before that can put anything in its place.</summary>
    public ProcFileSystem Proc => _proc ??= ProcFileSystem.Open();

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
        IReadOnlyDictionary<string, string>? parameters = _spec.Linux?.Sysctl is { Count: > 0 } some ? some : null;
        if (parameters is not null)
            _ = Proc;
        if (_mounts is not null)
            CompleteMounts(_mounts);
        else if (_options.ChangesRoot)
            ChangeRoot();
        if (parameters is not null)
            Sysctls.Write(parameters, Proc);
    }

    public void Dispose()
    {
        _mounts?.Dispose();
        _trees.Dispose();
        _proc?.Dispose();
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

    private void SetUp()
    {
        string? propagation = _spec.Linux?.RootfsPropagation;
        ProcFileSystem proc = Proc;
        if (_spec.Root is not { } root)
        {
            SetPropagation("/", propagation ?? "rprivate");
            _mounts = new MountSetup(PathInRoot.OpenRoot("/"), _spec, _trees, proc);
        }
        else
        {
            // Slave, not private: what the host unmounts later disappears here, too, and is not kept busy.
            SetPropagation("/", propagation ?? "rslave");
            _mounts = new MountSetup(AttachRoot(_trees.Take(HostTrees.RootIndex), Path.GetFullPath(root.Path), propagation is null or "rslave" or "rprivate"), _spec, _trees, proc);
        }
        _mounts.Run();
        new DeviceNodes(_mounts.Root, proc).Create(_spec, _options.IsDetached);
    }

    private void CompleteMounts(MountSetup mounts)
    {
        using (var hidden = new HiddenPaths(mounts.Root))
        {
            if (_spec.Linux is not null)
                hidden.Apply(_spec.Linux);
        }
        mounts.Seal();
        if (_spec.Root is not { } root)
            return;
        if (_options.NoPivot)
            MovedRoot.Enter(mounts.Root, root.Path);
        else
            Pivot(mounts.Root, root.Path, _isOnHostRoot ? mounts.CoveredRoots : 0);
        // What the root is to be for mounts made later; the others have what the config says of each, or what the
        // host's mounts had when "/" was given the same (crun does it so, too).
        if (_spec.Linux?.RootfsPropagation is "shared" or "rshared" or "unbindable" or "runbindable")
            SetPropagation("/", _spec.Linux.RootfsPropagation);
        if (root.Readonly)
            MountTree.SetAttributes(mounts.Root, new MountAttributeChange(MountAttributes.ReadOnly), recursive: false, "/");
    }

    // At its own path, where hooks look for it. A container's root that may not go there by that path gets it on "/".
    private SafeFileHandle AttachRoot(SafeFileHandle? opened, string path, bool nothingIsShared)
    {
        SafeFileHandle tree = opened ?? MountTree.Clone(path, recursive: true);
        try
        {
            MountTree.SetAttributes(tree, new MountAttributeChange(MountAttributes.None, Propagation: PropagationType.Private), recursive: false, path);
            using SafeFileHandle place = OpenPlace(path, isOpened: opened is not null);
            if (!nothingIsShared)
                MakeParentPrivate(place, path);
            MountTree.Attach(tree, place, path);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    private SafeFileHandle OpenPlace(string path, bool isOpened)
    {
        try
        {
            return Descriptor.Open(path, O_PATH | O_DIRECTORY);
        }
        catch (SyscallException refused) when (refused.Number == EACCES && isOpened)
        {
            _isOnHostRoot = true;
            return Descriptor.Open("/", O_PATH | O_DIRECTORY);
        }
    }

    // pivot_root(2) refuses a root on a shared mount, and attaching it there would show it on the host.
    private static void MakeParentPrivate(SafeFileHandle place, string path)
    {
        SafeFileHandle at = Descriptor.OpenAt(place, ".", O_PATH | O_DIRECTORY);
        while (!MountIdentity.Of(at).IsRoot)
        {
            SafeFileHandle above = Descriptor.OpenAt(at, "..", O_PATH | O_DIRECTORY);
            at.Dispose();
            at = above;
        }
        using (at)
            MountTree.SetAttributes(at, new MountAttributeChange(MountAttributes.None, Propagation: PropagationType.Private), recursive: false, path);
    }

    // What lies on the host's root goes away before it: an unmount takes the topmost alone, and whoever joined the mount
    // namespace would find itself in what is left (setns(2)).
    // pivot_root(2), NOTES: with "." twice the old root lands on top of the new one, and is detached from there.
    private static void Pivot(SafeFileHandle root, string path, int covers)
    {
        byte* here = stackalloc byte[] { (byte)'.', 0 };
        byte* top = stackalloc byte[] { (byte)'/', 0 };
        using SafeFileHandle old = Descriptor.Open("/", O_PATH | O_DIRECTORY);
        if (fchdir(Descriptor.Number(root)) < 0)
            throw SyscallException.FromLastError("fchdir", path);
        if ((int)syscall(SyscallNumber.PivotRoot, here, here) < 0)
            throw SyscallException.FromLastError("pivot_root", path, errno == EINVAL ? "a root that is an initramfs cannot be pivoted from: use --no-pivot" : null);
        // With a shared root the unmount would reach the host.
        MountTree.SetAttributes(old, new MountAttributeChange(MountAttributes.None, Propagation: PropagationType.Slave), recursive: true, "/");
        for (int i = 0; i <= covers; i++)
        {
            if (umount2(here, MNT_DETACH) < 0)
                throw SyscallException.FromLastError("umount2", "/", "detaching the host's root");
        }
        if (chdir(top) < 0)
            throw SyscallException.FromLastError("chdir", "/");
    }

    private static void SetPropagation(string path, string name)
    {
        bool recursive = name.StartsWith('r');
        PropagationType type = (recursive ? name[1..] : name) switch
        {
            "private" => PropagationType.Private,
            "slave" => PropagationType.Slave,
            "shared" => PropagationType.Shared,
            _ => PropagationType.Unbindable,
        };
        ClassicMount.SetPropagation(path, type, recursive);
    }
}
