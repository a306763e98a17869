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
/// puts it while it waits. A limit of tasks that leaves too few for the inner stage itself, which has more threads than the
/// program begins with, holds from when that has all of them (pids.rst: what is there already may be more than the limit).
/// </summary>
internal sealed unsafe class CgroupEntry : IDisposable
{
    private const ulong CloneIntoCgroup = 0x200000000; // linux/sched.h
    private const long CgroupV2Magic = 0x63677270; // linux/magic.h, CGROUP2_SUPER_MAGIC

    // What the inner stage may need of tasks, whatever it is compiled to.
    private const int OwnTasks = 16;

    private readonly List<(SafeFileHandle Handle, string Path)> _doors = [];
    private CgroupDirectory? _crowded;
    private ResourcesSpec? _lateLimits;
    private ContainerCgroup? _cgroup;
    private Func<int, ContainerCgroup>? _makeScope;
    private int _v2 = -1;

    /// <summary>Starts in the caller's own.</summary>
    public static CgroupEntry None => new();

    /// <summary>True when it starts in other cgroups than ours.</summary>
    public bool IsAny => _v2 >= 0 || _doors.Count > 0 || NeedsPlacing;

    /// <summary>True when there is a scope to be made, into which the child has to be put while it waits.</summary>
    public bool NeedsPlacing => _makeScope is not null;

    /// <summary>True when <see cref="Complete"/> has something to do.</summary>
    public bool IsCompletedLate => _crowded is not null || _lateLimits is not null;

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
        ResourcesSpec? resources = spec.Linux?.Resources, late = null;
        if (resources?.Pids is { Limit: > 0 and < OwnTasks } pids)
        {
            late = new ResourcesSpec { Pids = pids };
            resources = resources with { Pids = null };
        }
        CgroupEntry entry = path.Manager switch
        {
            CgroupManager.Disabled => None,
            CgroupManager.Systemd => new CgroupEntry { _makeScope = pid => ContainerCgroup.MakeScope(path, $"container {id}", resources, isRoot, pid) },
            _ => Of(ContainerCgroup.Make(path, resources, isRoot, writeDown)),
        };
        entry._lateLimits = path.Manager == CgroupManager.Disabled ? null : late;
        return entry;
    }

    /// <summary>Another process in the cgroup of a container (<c>exec</c>).</summary>
    /// <param name="record">What the container's state keeps of it; null for a container without one.</param>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public static CgroupEntry Join(CgroupRecord? record) => record is null ? None : Of(ContainerCgroup.Open(record), IsCrowded);

    /// <summary>The clone that makes the child in its v2 cgroup.</summary>
    public CloneArguments CloneInto(CloneArguments arguments) =>
        _v2 < 0 ? arguments : arguments with { Flags = arguments.Flags | CloneIntoCgroup, Cgroup = (ulong)_v2 };

    /// <summary>Has the scope made with the child.</summary>
    /// <param name="pid">The child.</param>
    /// <exception cref="SyscallException">The kernel refused a step.</exception>
    /// <exception cref="Interop.Cgroups.Systemd.DBusException">systemd refused it, or did not answer.</exception>
    /// <exception cref="RuntimeSpecException">A limit that cannot be; it names the member.</exception>
    public void Place(int pid) => _cgroup ??= _makeScope?.Invoke(pid);

    /// <summary>Sets the limits, or puts the child into the cgroup, that the inner stage itself could not have started in.</summary>
    /// <param name="pid">The child, which has all of its threads and waits.</param>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    /// <exception cref="RuntimeSpecException">A limit that cannot be; it names the member.</exception>
    public void Complete(int pid)
    {
        _crowded?.AddProcess(pid);
        if (_lateLimits is not null)
            _cgroup?.Set(_lateLimits, CallerIdentity.IsHostRoot);
    }

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

    // Whoever is moved into it is not counted against the limit, as runc's are not; whoever is cloned there is.
    private static bool IsCrowded(CgroupDirectory directory) =>
        ControlFile.Value(directory.TryRead("pids.max")) is { } limit && limit != ControlFile.Unlimited
        && limit - (ControlFile.Value(directory.TryRead("pids.current")) ?? 0) < OwnTasks;

    private static CgroupEntry Of(ContainerCgroup cgroup, Predicate<CgroupDirectory>? isLate = null)
    {
        CgroupEntry entry = new() { _cgroup = cgroup };
        try
        {
            foreach (CgroupDirectory directory in cgroup.Directories)
            {
                if (isLate?.Invoke(directory) == true)
                    entry._crowded = directory;
                else if (directory.Hierarchy.Version == HierarchyVersion.V2)
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
