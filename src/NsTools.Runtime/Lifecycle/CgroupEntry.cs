using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Cgroups;
using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// The cgroups that a process starts in, before it executes anything. On v2 it is cloned into its own
/// (<c>CLONE_INTO_CGROUP</c>); into v1 ones it goes by itself, through doors that are opened for it; into a scope systemd
/// puts it while it waits.
/// </summary>
internal sealed unsafe class CgroupEntry : IDisposable
{
    private const ulong CloneIntoCgroup = 0x200000000; // linux/sched.h
    private const long CgroupV2Magic = 0x63677270; // linux/magic.h, CGROUP2_SUPER_MAGIC

    private readonly List<(SafeFileHandle Handle, string Path)> _doors = [];
    private ContainerCgroup? _cgroup;
    private Func<int, ContainerCgroup>? _makeScope;
    private int _v2 = -1;

    /// <summary>Starts in the caller's own.</summary>
    public static CgroupEntry None => new();

    /// <summary>True when it starts in other cgroups than ours.</summary>
    public bool IsAny => _v2 >= 0 || _doors.Count > 0 || NeedsPlacing;

    /// <summary>True when there is a scope to be made, into which the child has to be put while it waits.</summary>
    public bool NeedsPlacing => _makeScope is not null;

    /// <summary>The v1 cgroups: what the child writes <c>0</c> to (see <see cref="CgroupDoor"/>), and the cgroup's path.</summary>
    public IReadOnlyList<(SafeFileHandle Handle, string Path)> Doors => _doors;

    /// <summary>What the container's state keeps of its cgroup; null for a process that gets none of its own, and before <see cref="Place"/> of a scope.</summary>
    public CgroupRecord? Record => _cgroup?.Record;

    /// <summary>Reads descriptors, inherited from the launcher, from the annotation <see cref="LaunchRequest.CgroupAnnotation"/>.</summary>
    /// <exception cref="SyscallException">One is no descriptor of ours.</exception>
    public static CgroupEntry From(RuntimeSpec spec)
    {
        CgroupEntry entry = new();
        string paths = spec.Annotations?.GetValueOrDefault(LaunchRequest.CgroupAnnotation) ?? "";
        foreach (string path in paths.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int descriptor = int.Parse(path.AsSpan(path.LastIndexOf('/') + 1), CultureInfo.InvariantCulture);
            if (IsUnified(descriptor, path))
                entry._v2 = descriptor;
            else
                entry._doors.Add((CgroupDoor.Open(descriptor, path), path));
        }
        return entry;
    }

    /// <summary>Makes a container's cgroup by <c>linux.cgroupsPath</c> with the limits of <c>linux.resources</c>.</summary>
    /// <param name="spec">The config.</param>
    /// <param name="id">The container's ID.</param>
    /// <param name="manager">Who makes it.</param>
    /// <param name="writeDown">Is told what will be made, before anything is.</param>
    /// <exception cref="RuntimeSpecException">A path or a limit that cannot be; it names the member.</exception>
    /// <exception cref="SyscallException">The kernel refused a step; nothing is left of it.</exception>
    public static CgroupEntry Make(RuntimeSpec spec, string id, CgroupManager manager, Action<CgroupRecord> writeDown)
    {
        bool isRoot = CallerIdentity.IsHostRoot;
        ContainerCgroupPath path = ContainerCgroupPath.Parse(spec.Linux?.CgroupsPath, manager, id, isRoot);
        return path.Manager switch
        {
            CgroupManager.Disabled => None,
            CgroupManager.Systemd => new CgroupEntry { _makeScope = pid => ContainerCgroup.MakeScope(path, $"container {id}", spec.Linux?.Resources, isRoot, pid) },
            _ => Of(ContainerCgroup.Make(path, spec.Linux?.Resources, isRoot, writeDown)),
        };
    }

    /// <summary>Another process in the cgroup of a container (<c>exec</c>).</summary>
    /// <param name="record">What the container's state keeps of it; null for a container without one.</param>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public static CgroupEntry Join(CgroupRecord? record) => record is null ? None : Of(ContainerCgroup.Open(record));

    /// <summary>The clone that makes the child in its v2 cgroup.</summary>
    public CloneArguments CloneInto(CloneArguments arguments) =>
        _v2 < 0 ? arguments : arguments with { Flags = arguments.Flags | CloneIntoCgroup, Cgroup = (ulong)_v2 };

    /// <summary>Has the scope made with the child.</summary>
    /// <param name="pid">The child.</param>
    /// <exception cref="SyscallException">The kernel refused a step.</exception>
    /// <exception cref="Interop.Cgroups.Systemd.DBusException">systemd refused it, or did not answer.</exception>
    /// <exception cref="RuntimeSpecException">A limit that cannot be; it names the member.</exception>
    public void Place(int pid) => _cgroup ??= _makeScope?.Invoke(pid);

    /// <summary>Removes the cgroup that <see cref="Make"/> has made: the start has failed.</summary>
    public void Undo()
    {
        if (Record is { } record)
            CgroupRemoval.Remove(record);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _doors.ForEach(door => door.Handle.Dispose());
        _cgroup?.Dispose();
    }

    private static CgroupEntry Of(ContainerCgroup cgroup)
    {
        CgroupEntry entry = new() { _cgroup = cgroup };
        try
        {
            foreach (CgroupDirectory directory in cgroup.Directories)
            {
                if (directory.Hierarchy.Version == HierarchyVersion.V2)
                    entry._v2 = Descriptor.Number(directory.Handle);
                else
                    entry._doors.Add((CgroupDoor.Open(Descriptor.Number(directory.Handle), directory.ToString()), directory.ToString()));
            }
            return entry;
        }
        catch
        {
            entry.Dispose();
            throw;
        }
    }

    private static bool IsUnified(int descriptor, string path)
    {
        // struct statfs begins with f_type; 120 bytes on 64-bit machines (statfs(2)).
        long* status = stackalloc long[16];
        if ((long)(ssize_t)syscall(SyscallNumber.FStatFs, descriptor, status) < 0)
            throw SyscallException.FromLastError("fstatfs", path, "entering the cgroup");
        return status[0] == CgroupV2Magic;
    }
}
