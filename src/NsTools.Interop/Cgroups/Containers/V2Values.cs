using System.Globalization;
using NsTools.Interop.Oci;
using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups.Containers;

/// <summary>
/// <c>linux.resources</c> as values for the files of the unified hierarchy (cgroup-v2.rst). The config's members are
/// those of v1; they are converted as crun and runc do it (crun.1.md, "cgroup v2"), and what v2 has no word for is an error.
/// </summary>
internal static class V2Values
{
    private const string Cpu = "cpu", CpuSet = "cpuset", Io = "io", Memory = "memory";

    /// <summary>Values of <c>memory</c>.</summary>
    /// <exception cref="RuntimeSpecException">A member that v2 cannot express.</exception>
    public static IEnumerable<ControlValue> Of(MemoryResourcesSpec memory)
    {
        if (IsSet(memory.Kernel))
            throw NotOnV2("memory.kernel", "kernel memory has no limit of its own; memory.limit counts it");
        if (IsSet(memory.KernelTcp))
            throw NotOnV2("memory.kernelTCP", "socket memory has no limit of its own; memory.limit counts it");
        if (memory.Swappiness is not null)
            throw NotOnV2("memory.swappiness", "limit swap itself with memory.swap");
        if (memory.DisableOomKiller == true)
            throw NotOnV2("memory.disableOOMKiller", "v2 always kills when memory is out");
        if (memory.UseHierarchy == false)
            throw NotOnV2("memory.useHierarchy", "v2 always counts a cgroup's children with it");
        if (SwapOf(memory) is { } swap)
            yield return new() { Member = "memory.swap", Controller = Memory, File = "memory.swap.max", Value = swap };
        if (IsSet(memory.Limit))
            yield return new() { Member = "memory.limit", Controller = Memory, File = "memory.max", Value = MaxIfNegative(memory.Limit!.Value) };
        // Soft limit and "low" are both what is taken last when memory is short.
        if (IsSet(memory.Reservation))
            yield return new() { Member = "memory.reservation", Controller = Memory, File = "memory.low", Value = MaxIfNegative(memory.Reservation!.Value) };
    }

    /// <summary>Values of <c>cpu</c>, those of <c>cpuset</c> with them.</summary>
    /// <exception cref="RuntimeSpecException">A member that v2 cannot express.</exception>
    public static IEnumerable<ControlValue> Of(CpuResourcesSpec cpu)
    {
        if (IsSet(cpu.RealtimeRuntime))
            throw NotOnV2("cpu.realtimeRuntime", "v2 does not control real-time processes");
        if (cpu.RealtimePeriod is > 0)
            throw NotOnV2("cpu.realtimePeriod", "v2 does not control real-time processes");
        // An idle cgroup refuses a weight, and becoming busy gives it the usual one: so 0 before, 1 after.
        if (cpu.Idle == 0)
            yield return new() { Member = "cpu.idle", Controller = Cpu, File = "cpu.idle", Value = "0" };
        if (cpu.Shares is { } shares and > 0)
            yield return new() { Member = "cpu.shares", Controller = Cpu, File = "cpu.weight", Value = Number(WeightOfShares(shares)) };
        if (Bandwidth(cpu) is { } bandwidth)
            yield return bandwidth;
        if (cpu.Burst is { } burst)
            yield return new() { Member = "cpu.burst", Controller = Cpu, File = "cpu.max.burst", Value = burst.ToString(CultureInfo.InvariantCulture) };
        if (cpu.Idle is { } idle and not 0)
            yield return new() { Member = "cpu.idle", Controller = Cpu, File = "cpu.idle", Value = Number(idle) };
        if (!string.IsNullOrEmpty(cpu.Cpus))
            yield return new() { Member = "cpu.cpus", Controller = CpuSet, File = "cpuset.cpus", Value = cpu.Cpus };
        if (!string.IsNullOrEmpty(cpu.Mems))
            yield return new() { Member = "cpu.mems", Controller = CpuSet, File = "cpuset.mems", Value = cpu.Mems };
    }

    /// <summary>Values of <c>blockIO</c>.</summary>
    /// <exception cref="RuntimeSpecException">A member that v2 cannot express.</exception>
    public static IEnumerable<ControlValue> Of(BlockIoResourcesSpec block)
    {
        if (block.LeafWeight is > 0)
            throw NotOnV2("blockIO.leafWeight", "a v2 cgroup with children has no processes of its own to weigh");
        if (block.Weight is { } weight and > 0)
            yield return Weight("blockIO.weight", "", weight);
        for (int i = 0; i < (block.WeightDevice?.Count ?? 0); i++)
        {
            WeightDeviceSpec device = block.WeightDevice![i];
            if (device.LeafWeight is > 0)
                throw NotOnV2($"blockIO.weightDevice[{i}].leafWeight", "a v2 cgroup with children has no processes of its own to weigh");
            if (device.Weight is { } ofDevice and > 0)
                yield return Weight($"blockIO.weightDevice[{i}].weight", $"{device.Major}:{device.Minor} ", ofDevice);
        }
        foreach (ControlValue value in Throttles("blockIO.throttleReadBpsDevice", block.ThrottleReadBpsDevice, "rbps")
            .Concat(Throttles("blockIO.throttleWriteBpsDevice", block.ThrottleWriteBpsDevice, "wbps"))
            .Concat(Throttles("blockIO.throttleReadIOPSDevice", block.ThrottleReadIopsDevice, "riops"))
            .Concat(Throttles("blockIO.throttleWriteIOPSDevice", block.ThrottleWriteIopsDevice, "wiops")))
        {
            yield return value;
        }
    }

    /// <summary>Values of <c>network</c>: none.</summary>
    /// <exception cref="RuntimeSpecException">It asks for something.</exception>
    public static IEnumerable<ControlValue> Of(NetworkResourcesSpec network)
    {
        if (network.ClassId is > 0)
            throw NotOnV2("network.classID", "v2 has no net_cls; nftables and tc match the cgroup's path itself");
        if (network.Priorities is { Count: > 0 })
            throw NotOnV2("network.priorities[0]", "v2 has no net_prio; nftables and tc match the cgroup's path itself");
        return [];
    }

    /// <summary>
    /// The v2 weight of v1 shares: the quadratic through (2, 1), (1024, 100) and (262144, 10000) in logarithms, which runc
    /// and crun use since 2025. The straight line before it made 39 of the usual 1024.
    /// </summary>
    public static long WeightOfShares(ulong shares)
    {
        if (shares <= 2)
            return 1;
        if (shares >= 262_144)
            return 10_000;
        double log = Math.Log2(shares);
        return (long)Math.Ceiling(Math.Pow(10, (((log * log) + (125 * log)) / 612.0) - (7.0 / 34.0)));
    }

    // memory.swap counts memory and swap together, memory.swap.max swap alone.
    private static string? SwapOf(MemoryResourcesSpec memory)
    {
        // Unlimited memory without a word on swap is unlimited memory and swap, as for runc.
        if (!IsSet(memory.Swap))
            return memory.Limit < 0 ? "max" : null;
        if (memory.Swap < 0)
            return "max";
        if (!IsSet(memory.Limit))
            throw new RuntimeSpecException("$.linux.resources.memory.swap", "it counts memory and swap together, of which cgroup v2 can limit only swap alone: give memory.limit, too");
        if (memory.Limit < 0)
            throw new RuntimeSpecException("$.linux.resources.memory.swap", "it counts memory and swap together, and memory.limit is unlimited: that cannot be expressed on cgroup v2");
        return memory.Swap >= memory.Limit
            ? Number(memory.Swap!.Value - memory.Limit!.Value)
            : throw new RuntimeSpecException("$.linux.resources.memory.swap", $"{memory.Swap} is less than memory.limit ({memory.Limit}), and counts memory and swap together");
    }

    private static ControlValue? Bandwidth(CpuResourcesSpec cpu)
    {
        string? quota = cpu.Quota is { } time and not 0 ? MaxIfNegative(time) : null;
        string? period = cpu.Period is { } length and > 0 ? length.ToString(CultureInfo.InvariantCulture) : null;
        return (quota, period) switch
        {
            (null, null) => null,
            (null, _) => new() { Member = "cpu.period", Controller = Cpu, File = "cpu.max", Value = period, IsSecondWord = true },
            (_, null) => new() { Member = "cpu.quota", Controller = Cpu, File = "cpu.max", Value = quota },
            _ => new() { Member = "cpu.quota", Controller = Cpu, File = "cpu.max", Value = $"{quota} {period}" },
        };
    }

    // BFQ's file takes the config's 10 to 1000 as they are; io.weight has 1 to 10000, onto which they are stretched.
    private static ControlValue Weight(string member, string device, ushort weight) => new()
    {
        Member = member,
        Controller = Io,
        File = "io.bfq.weight",
        Value = device + Number(weight),
        Otherwise = new()
        {
            Member = member,
            Controller = Io,
            File = "io.weight",
            Value = (device.Length == 0 ? "default " : device) + Number(1 + ((Math.Max(weight - 10, 0)) * 9999L / 990)),
        },
    };

    private static IEnumerable<ControlValue> Throttles(string member, IReadOnlyList<ThrottleDeviceSpec>? devices, string key)
    {
        for (int i = 0; i < (devices?.Count ?? 0); i++)
        {
            ThrottleDeviceSpec device = devices![i];
            string rate = device.Rate == 0 ? "max" : device.Rate.ToString(CultureInfo.InvariantCulture);
            yield return new() { Member = $"{member}[{i}]", Controller = Io, File = "io.max", Value = $"{device.Major}:{device.Minor} {key}={rate}" };
        }
    }

    // 0 stands for "not given" in what Docker and runc write (opencontainers/cgroups, "Resources").
    private static bool IsSet(long? value) => value is not null and not 0;

    private static string MaxIfNegative(long value) => value < 0 ? "max" : Number(value);

    private static RuntimeSpecException NotOnV2(string member, string way) =>
        new("$.linux.resources." + member, $"cgroup v2 cannot express it: {way}");
}
