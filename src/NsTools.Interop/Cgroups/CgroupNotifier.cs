using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Cgroups;

/// <summary>
/// Sleeps until the kernel says that something has happened to a cgroup. It only wakes; what has happened is for the
/// counters to tell, so a wake-up too many does no harm.
/// </summary>
public sealed class CgroupNotifier : IDisposable
{
    private readonly List<(SafeFileHandle Handle, short Events)> _sources = [];

    /// <summary>How often the soft limit of a v1 cgroup was passed since the last <see cref="Wait"/> began.</summary>
    public long SoftLimitCount { get; private set; }

    private SafeFileHandle? _softLimit;

    /// <summary>Adds what a cgroup's directory can notify of.</summary>
    /// <param name="cgroup">The cgroup in one hierarchy.</param>
    /// <exception cref="SyscallException">The kernel refused an event descriptor.</exception>
    public void Add(CgroupDirectory cgroup)
    {
        // Files that poll(2) as POLLPRI when they change (cgroup-v2.rst, "file modified event"); pids.events on v1, too.
        foreach (string file in (string[])["cgroup.events", "memory.events", "pids.events"])
        {
            if (cgroup.TryOpenFile(file) is { } handle)
                _sources.Add((handle, POLLPRI));
        }
        if (cgroup.Hierarchy.Version == HierarchyVersion.V1 && cgroup.Hierarchy.Controllers.Contains("memory"))
        {
            Register(cgroup, "memory.oom_control", "");
            if (ControlFile.Value(cgroup.TryRead("memory.soft_limit_in_bytes")) is { } soft and not ControlFile.Unlimited)
                _softLimit = Register(cgroup, "memory.usage_in_bytes", " " + ControlFile.Number(soft));
        }
    }

    /// <summary>Waits until one of them notifies, or the time is up.</summary>
    /// <param name="milliseconds">How long at most.</param>
    public unsafe void Wait(int milliseconds)
    {
        pollfd* polled = stackalloc pollfd[Math.Max(1, _sources.Count)];
        for (int i = 0; i < _sources.Count; i++)
            polled[i] = new pollfd { fd = Descriptor.Number(_sources[i].Handle), events = _sources[i].Events };
        // It fails only when a signal interrupts it (the descriptors are ours): a wake-up too many then.
        if (poll(polled, (uint)_sources.Count, milliseconds) < 0)
            return;
        for (int i = 0; i < _sources.Count; i++)
        {
            if (polled[i].revents == 0)
                continue;
            // Reading takes the notification back: of a file from its start, of an eventfd its count.
            ulong count = 0;
            long got = _sources[i].Events == POLLPRI
                ? pread(polled[i].fd, &count, sizeof(ulong), 0)
                : read(polled[i].fd, &count, sizeof(ulong));
            if (got > 0 && ReferenceEquals(_sources[i].Handle, _softLimit))
                SoftLimitCount += (long)count;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((SafeFileHandle handle, _) in _sources)
            handle.Dispose();
    }

    // cgroup-v1/memory.rst, "Memory thresholds" and "OOM Control": the eventfd is told to cgroup.event_control with the
    // file that it is about and an argument.
    private SafeFileHandle? Register(CgroupDirectory cgroup, string file, string argument)
    {
        using SafeFileHandle? about = cgroup.TryOpenFile(file);
        if (about is null)
            return null;
        int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (descriptor < 0)
            throw SyscallException.FromLastError("eventfd");
        SafeFileHandle handle = new(descriptor, ownsHandle: true);
        // A kernel without v1's event interface (PREEMPT_RT, CONFIG_MEMCG_V1=n) refuses: the counters are read all the same.
        if (cgroup.TryWrite("cgroup.event_control", $"{descriptor} {Descriptor.Number(about)}{argument}") != 0)
        {
            handle.Dispose();
            return null;
        }
        _sources.Add((handle, POLLIN));
        return handle;
    }
}
