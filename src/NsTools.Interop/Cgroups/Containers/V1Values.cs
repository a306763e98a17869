using System.Globalization;
using NsTools.Interop.Oci;
using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups.Containers;

/// <summary><c>linux.resources</c> as values for the files of v1 hierarchies, whose words and units it speaks in (config-linux.md).</summary>
internal static class V1Values
{
    /// <summary>Values of <c>memory</c>.</summary>
    public static IEnumerable<ControlValue> Of(MemoryResourcesSpec memory)
    {
        const string Controller = "memory";
        // Limit and sum must fit each other at every step; what does not fit yet is written again after the rest.
        if (Bytes(memory.Limit) is { } limit)
            yield return new() { Member = "memory.limit", Controller = Controller, File = "memory.limit_in_bytes", Value = limit };
        if (Bytes(memory.Swap) is { } swap)
            yield return new() { Member = "memory.swap", Controller = Controller, File = "memory.memsw.limit_in_bytes", Value = swap };
        if (Bytes(memory.Reservation) is { } reservation)
            yield return new() { Member = "memory.reservation", Controller = Controller, File = "memory.soft_limit_in_bytes", Value = reservation };
        if (Bytes(memory.Kernel) is { } kernel)
            yield return new() { Member = "memory.kernel", Controller = Controller, File = "memory.kmem.limit_in_bytes", Value = kernel };
        if (Bytes(memory.KernelTcp) is { } tcp)
            yield return new() { Member = "memory.kernelTCP", Controller = Controller, File = "memory.kmem.tcp.limit_in_bytes", Value = tcp };
        if (memory.Swappiness is { } swappiness)
            yield return new() { Member = "memory.swappiness", Controller = Controller, File = "memory.swappiness", Value = swappiness.ToString(CultureInfo.InvariantCulture) };
        if (memory.DisableOomKiller is { } disabled)
            yield return new() { Member = "memory.disableOOMKiller", Controller = Controller, File = "memory.oom_control", Value = disabled ? "1" : "0" };
        if (memory.UseHierarchy is { } hierarchical)
            yield return new() { Member = "memory.useHierarchy", Controller = Controller, File = "memory.use_hierarchy", Value = hierarchical ? "1" : "0" };
    }

    /// <summary>Values of <c>cpu</c>, those of <c>cpuset</c> with them.</summary>
    public static IEnumerable<ControlValue> Of(CpuResourcesSpec cpu)
    {
        const string Controller = "cpu";
        const string CpuSet = "cpuset";
        // An idle cgroup refuses shares, and becoming busy gives it the usual ones: so 0 before, 1 after.
        if (cpu.Idle == 0)
            yield return new() { Member = "cpu.idle", Controller = Controller, File = "cpu.idle", Value = "0" };
        if (cpu.Shares is { } shares and > 0)
            yield return new() { Member = "cpu.shares", Controller = Controller, File = "cpu.shares", Value = shares.ToString(CultureInfo.InvariantCulture) };
        if (cpu.Period is { } period and > 0)
            yield return new() { Member = "cpu.period", Controller = Controller, File = "cpu.cfs_period_us", Value = period.ToString(CultureInfo.InvariantCulture) };
        if (cpu.Quota is { } quota and not 0)
            yield return new() { Member = "cpu.quota", Controller = Controller, File = "cpu.cfs_quota_us", Value = quota < 0 ? "-1" : Number(quota) };
        if (cpu.Burst is { } burst)
            yield return new() { Member = "cpu.burst", Controller = Controller, File = "cpu.cfs_burst_us", Value = burst.ToString(CultureInfo.InvariantCulture) };
        if (cpu.RealtimePeriod is { } realPeriod and > 0)
            yield return new() { Member = "cpu.realtimePeriod", Controller = Controller, File = "cpu.rt_period_us", Value = realPeriod.ToString(CultureInfo.InvariantCulture) };
        if (cpu.RealtimeRuntime is { } runtime and not 0)
            yield return new() { Member = "cpu.realtimeRuntime", Controller = Controller, File = "cpu.rt_runtime_us", Value = Number(runtime) };
        if (cpu.Idle is { } idle and not 0)
            yield return new() { Member = "cpu.idle", Controller = Controller, File = "cpu.idle", Value = Number(idle) };
        if (!string.IsNullOrEmpty(cpu.Cpus))
            yield return new() { Member = "cpu.cpus", Controller = CpuSet, File = "cpuset.cpus", Value = cpu.Cpus };
        if (!string.IsNullOrEmpty(cpu.Mems))
            yield return new() { Member = "cpu.mems", Controller = CpuSet, File = "cpuset.mems", Value = cpu.Mems };
    }

    /// <summary>Values of <c>blockIO</c>.</summary>
    public static IEnumerable<ControlValue> Of(BlockIoResourcesSpec block)
    {
        if (block.Weight is { } weight and > 0)
            yield return Weight("blockIO.weight", "weight", Number(weight));
        if (block.LeafWeight is { } leaf and > 0)
            yield return Weight("blockIO.leafWeight", "leaf_weight", Number(leaf));
        for (int i = 0; i < (block.WeightDevice?.Count ?? 0); i++)
        {
            WeightDeviceSpec device = block.WeightDevice![i];
            if (device.Weight is { } ofDevice and > 0)
                yield return Weight($"blockIO.weightDevice[{i}].weight", "weight_device", $"{device.Major}:{device.Minor} {ofDevice}");
            if (device.LeafWeight is { } leafOfDevice and > 0)
                yield return Weight($"blockIO.weightDevice[{i}].leafWeight", "leaf_weight_device", $"{device.Major}:{device.Minor} {leafOfDevice}");
        }
        foreach (ControlValue value in Throttles("blockIO.throttleReadBpsDevice", block.ThrottleReadBpsDevice, "read_bps")
            .Concat(Throttles("blockIO.throttleWriteBpsDevice", block.ThrottleWriteBpsDevice, "write_bps"))
            .Concat(Throttles("blockIO.throttleReadIOPSDevice", block.ThrottleReadIopsDevice, "read_iops"))
            .Concat(Throttles("blockIO.throttleWriteIOPSDevice", block.ThrottleWriteIopsDevice, "write_iops")))
        {
            yield return value;
        }
    }

    /// <summary>Values of <c>network</c>.</summary>
    public static IEnumerable<ControlValue> Of(NetworkResourcesSpec network)
    {
        if (network.ClassId is { } id)
            yield return new() { Member = "network.classID", Controller = "net_cls", File = "net_cls.classid", Value = Number(id) };
        for (int i = 0; i < (network.Priorities?.Count ?? 0); i++)
        {
            yield return new()
            {
                Member = $"network.priorities[{i}]",
                Controller = "net_prio",
                File = "net_prio.ifpriomap",
                Value = $"{network.Priorities![i].Name} {network.Priorities[i].Priority}",
            };
        }
    }

    // BFQ's files, and those that CFQ had until Linux 5.0.
    private static ControlValue Weight(string member, string file, string value) => new()
    {
        Member = member,
        Controller = "blkio",
        File = "blkio.bfq." + file,
        Value = value,
        Otherwise = new() { Member = member, Controller = "blkio", File = "blkio." + file, Value = value },
    };

    private static IEnumerable<ControlValue> Throttles(string member, IReadOnlyList<ThrottleDeviceSpec>? devices, string file)
    {
        for (int i = 0; i < (devices?.Count ?? 0); i++)
        {
            yield return new()
            {
                Member = $"{member}[{i}]",
                Controller = "blkio",
                File = $"blkio.throttle.{file}_device",
                // 0 takes the rule away.
                Value = $"{devices![i].Major}:{devices[i].Minor} {devices[i].Rate}",
            };
        }
    }

    // 0 stands for "not given" in what Docker and runc write (opencontainers/cgroups, "Resources").
    private static string? Bytes(long? value) => value is null or 0 ? null : value < 0 ? "-1" : Number(value.Value);
}
