using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// Makes the config's mounts, in order. Each is made detached, and attached to a place that was resolved inside the
/// root by descriptor: a symbolic link of the root file system cannot lead it out, nor can one that appears meanwhile
/// (CVE-2021-30465).
/// </summary>
/// <param name="root">The container's root; owned from now on.</param>
/// <param name="spec">The config.</param>
/// <param name="trees">What the outer stage has opened.</param>
/// <param name="proc">The kernel's procfs.</param>
internal sealed class MountSetup(SafeFileHandle root, RuntimeSpec spec, HostTrees trees, ProcFileSystem proc) : IDisposable
{
    // A tmpfs that is to be read-only stays writable until all is in it: devices, links, other mounts' places.
    private readonly List<(SafeFileHandle Mount, string Destination)> _readOnlyLater = [];

    /// <summary>The root: the one given, or a mount with destination <c>/</c> on top of it.</summary>
    public SafeFileHandle Root { get; private set; } = root;

    /// <summary>How many mounts lie below the root at the same place, one on the other: one for each with destination <c>/</c>.</summary>
    public int CoveredRoots { get; private set; }

    /// <summary>Makes them.</summary>
    /// <exception cref="SyscallException">A step failed; the message names the mount.</exception>
    /// <exception cref="RuntimeSpecException">The config asks for what cannot be.</exception>
    public void Run()
    {
        IReadOnlyList<MountSpec> mounts = spec.Mounts ?? [];
        for (int i = 0; i < mounts.Count; i++)
        {
            try
            {
                Mount(mounts[i], i);
            }
            catch (SyscallException failure)
            {
                // A call knows its descriptor only; where it was to go is what tells one mount of a config from another.
                throw new SyscallException(
                    failure.Syscall, failure.Number, failure.Subject,
                    string.Create(CultureInfo.InvariantCulture, $"mounts[{i}], on '{mounts[i].Destination}'{(failure.Detail is null ? "" : $": {failure.Detail}")}"));
            }
        }
    }

    /// <summary>Makes those read-only that had to be written to until now.</summary>
    /// <exception cref="SyscallException">One cannot be.</exception>
    public void Seal()
    {
        foreach ((SafeFileHandle mount, string destination) in _readOnlyLater)
        {
            MountTree.SetAttributes(mount, new MountAttributeChange(MountAttributes.ReadOnly), recursive: false, destination);
            mount.Dispose();
        }
        _readOnlyLater.Clear();
    }

    public void Dispose()
    {
        Root.Dispose();
        _readOnlyLater.ForEach(later => later.Mount.Dispose());
    }

    private void Mount(MountSpec item, int index)
    {
        MountOptions options = MountOptions.Parse(item.Options);
        if (options.IsRemount)
            Remount(item, options);
        else if (BindMount.Is(item, options))
            Bind(item, options, index);
        else if (item.Type == "cgroup")
            CgroupMount.Make(this, spec, item, options, proc);
        else
            Make(item, options, index);
    }

    private void Bind(MountSpec item, MountOptions options, int index)
    {
        BindOptions bind = BindOptions.Parse(options, index);
        if (bind.CopiesLink && LinkCopy.Target(item) is { } target)
            LinkCopy.Make(Root, item.Destination, target);
        else
            Attach(trees.Take(index) ?? BindMount.Open(item, options, index), item, options, bind.FollowsDestination);
    }

    /// <summary>Attaches a detached mount to its destination, where it is then under the config's own propagation.</summary>
    /// <param name="mount">The mount; owned.</param>
    /// <param name="item">The mount of the config.</param>
    /// <param name="options">Its options.</param>
    /// <param name="follow">Whether a symbolic link at the end of the destination is followed, in the root.</param>
    public void Attach(SafeFileHandle mount, MountSpec item, MountOptions options, bool follow = true)
    {
        try
        {
            SetPropagation(mount, item, options);
            if (IsRoot(item))
            {
                MountTree.Attach(mount, Root, item.Destination);
                Root.Dispose();
                Root = mount;
                CoveredRoots++;
                return;
            }
            using SafeFileHandle target = (follow ? null : PathInRoot.TryOpen(Root, item.Destination, O_PATH | O_NOFOLLOW))
                ?? PathInRoot.OpenTarget(Root, item.Destination, Descriptor.IsDirectory(mount));
            ProcGuard.Check(target, item.Destination, mount);
            MountTree.Attach(mount, target, item.Destination);
        }
        finally
        {
            if (mount != Root)
                mount.Dispose();
        }
    }

    private void Make(MountSpec item, MountOptions options, int index)
    {
        // One that only the outer stage could make.
        if (trees.Take(index) is { } made)
        {
            Attach(made, item, options);
            return;
        }
        if (IsRoot(item))
        {
            Attach(NewFileSystem.Mount(item, options, covered: null, MountLabel), item, options);
            return;
        }
        using SafeFileHandle target = OpenDirectory(item, out bool isCreated);
        SafeFileHandle mount = NewFileSystem.Mount(item, options, isCreated ? null : target, MountLabel);
        bool keep = false;
        try
        {
            SetPropagation(mount, item, options);
            ProcGuard.Check(target, item.Destination, mount);
            MountTree.Attach(mount, target, item.Destination);
            keep = item.Type == "tmpfs" && options.Attributes.Set.HasFlag(MountAttributes.ReadOnly);
            if (keep)
                _readOnlyLater.Add((mount, item.Destination));
        }
        finally
        {
            if (!keep)
                mount.Dispose();
        }
    }

    private string? MountLabel => spec.Linux?.MountLabel;

    private static bool IsRoot(MountSpec item) => item.Destination.AsSpan().Trim('/').IsEmpty;

    // A link in place of /proc or /sys would have them mounted elsewhere, and what is written to /proc later would go
    // to a file of the image (CVE-2019-19921, CVE-2023-27561).
    private SafeFileHandle OpenDirectory(MountSpec item, out bool isCreated)
    {
        isCreated = false;
        if (item.Type is not ("proc" or "sysfs"))
            return PathInRoot.OpenTarget(Root, item.Destination, isDirectory: true, out isCreated);
        int error = OpenAt2.TryOpen(
            Root, PathBytes.Of(item.Destination), O_PATH | O_DIRECTORY | O_NOFOLLOW,
            ResolveFlags.InRoot | ResolveFlags.NoSymlinks, 0, out SafeFileHandle? target);
        if (target is not null)
            return target;
        if (error == ENOENT)
            return PathInRoot.OpenTarget(Root, item.Destination, isDirectory: true);
        throw new SyscallException(
            "openat2", error, item.Destination,
            error == ELOOP || error == ENOTDIR ? $"a {item.Type} is mounted on a plain directory only, reached over no symbolic link" : null);
    }

    private void Remount(MountSpec item, MountOptions options)
    {
        using SafeFileHandle target = IsRoot(item)
            ? Descriptor.OpenAt(Root, ".", O_PATH)
            : PathInRoot.Open(Root, item.Destination, O_PATH);
        if (options.Data.Count > 0)
            throw new SyscallException("mount_setattr", EOPNOTSUPP, item.Destination, $"a remount changes what belongs to the mount, not '{options.Data[0]}' of its file system");
        MountTree.SetAttributes(target, options.Attributes, recursive: false, item.Destination);
        MountTree.SetAttributes(target, options.RecursiveAttributes, recursive: true, item.Destination);
        SetPropagation(target, item, options);
    }

    private static void SetPropagation(SafeFileHandle mount, MountSpec item, MountOptions options)
    {
        if (options.Propagation == PropagationType.Unchanged)
            return;
        MountTree.SetAttributes(
            mount,
            new MountAttributeChange(MountAttributes.None, Propagation: options.Propagation),
            options.IsPropagationRecursive,
            item.Destination);
    }
}
