using System.Globalization;
using NsTools.Cgroups;
using NsTools.Interop.Cgroups;
using NsTools.Interop.Syscalls;

namespace NsTools.Containers.Resources;

/// <summary>Samples what containers use: <c>podman stats</c>.</summary>
public sealed class ContainerSampler
{
    private readonly Dictionary<string, ContainerStatistic> _before = [];

    /// <summary>Takes a sample.</summary>
    /// <param name="container">The container.</param>
    /// <returns>What it uses; null when it does not run any more.</returns>
    /// <exception cref="SyscallException">Its counters may not be read.</exception>
    public ContainerStatistic? Sample(Container container)
    {
        if (container is not { State: ContainerState.Running or ContainerState.Paused, ProcessId: { } process })
            return null;
        try
        {
            using CgroupSystem system = CgroupSystem.Open();
            using CgroupHandle? cgroup = system.TryOpen(CgroupReference.FromPath(ContainerSpecBuilder.CgroupOf(container.Id)));
            if (cgroup is null)
                return null;
            ContainerStatistic now = Describe(container, process, CgroupStatistics.Read(cgroup), cgroup);
            ContainerStatistic? before = _before.GetValueOrDefault(container.Id);
            _before[container.Id] = now;
            DateTimeOffset? since = before?.Time ?? container.StartedAt;
            TimeSpan used = (now.CpuTime ?? TimeSpan.Zero) - (before?.CpuTime ?? TimeSpan.Zero);
            return since is { } start && now.CpuTime is not null && now.Time > start
                ? now with { CpuPercent = Math.Max(0, used / (now.Time - start) * 100) }
                : now;
        }
        catch (SyscallException gone) when (gone.Name is "ENODEV" or "ENOENT")
        {
            return null;
        }
    }

    private static ContainerStatistic Describe(Container container, int process, CgroupStatistic counted, CgroupHandle cgroup)
    {
        // Without a limit of its own the host's memory is one.
        long host = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        long limit = counted.MemoryLimit is { } own and not ControlFile.Unlimited and > 0 ? Math.Min(own, TotalMemory() ?? host) : TotalMemory() ?? host;
        (long Received, long Sent)? network = container.Network == ContainerNetworkMode.Host ? null : Network(process);
        return new ContainerStatistic
        {
            Container = container.Name,
            Id = container.Id,
            Time = counted.Time,
            CpuTime = counted.CpuTime,
            MemoryUsage = counted.MemoryUsage,
            MemoryLimit = limit,
            MemoryPercent = counted.MemoryUsage is { } usage && limit > 0 ? 100.0 * usage / limit : null,
            NetworkReceived = network?.Received,
            NetworkSent = network?.Sent,
            BlockRead = counted.IoReadBytes,
            BlockWritten = counted.IoWriteBytes,
            Processes = counted.PidsUsage ?? cgroup.Processes().Count,
        };
    }

    private static long? TotalMemory()
    {
        string? line = File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith("MemTotal:", StringComparison.Ordinal));
        return line is not null && long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture, out long kilobytes) ? kilobytes * 1024 : null;
    }

    // proc_pid_net(5): the interfaces of the process's network namespace, eight counters for each direction.
    private static (long Received, long Sent)? Network(int process)
    {
        long received = 0, sent = 0;
        try
        {
            foreach (string line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/net/dev")).Skip(2))
            {
                string[] halves = line.Split(':', 2);
                if (halves.Length != 2 || halves[0].Trim() == "lo")
                    continue;
                string[] counters = halves[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                received += long.Parse(counters[0], CultureInfo.InvariantCulture);
                sent += long.Parse(counters[8], CultureInfo.InvariantCulture);
            }
            return (received, sent);
        }
        catch (IOException)
        {
            return null; // it has ended
        }
    }
}
