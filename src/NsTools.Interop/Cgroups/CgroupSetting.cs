namespace NsTools.Interop.Cgroups;

/// <summary>The things that can be set on a cgroup: one bit for each property of <see cref="CgroupResources"/>.</summary>
[Flags]
public enum CgroupSetting : long
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><see cref="CgroupResources.Memory"/>.</summary>
    Memory = 1L << 0,

    /// <summary><see cref="CgroupResources.MemoryHigh"/>.</summary>
    MemoryHigh = 1L << 1,

    /// <summary><see cref="CgroupResources.MemoryLow"/>.</summary>
    MemoryLow = 1L << 2,

    /// <summary><see cref="CgroupResources.MemoryMin"/>.</summary>
    MemoryMin = 1L << 3,

    /// <summary><see cref="CgroupResources.Swap"/>.</summary>
    Swap = 1L << 4,

    /// <summary><see cref="CgroupResources.Swappiness"/>.</summary>
    Swappiness = 1L << 5,

    /// <summary><see cref="CgroupResources.OomGroup"/>.</summary>
    OomGroup = 1L << 6,

    /// <summary><see cref="CgroupResources.Cpu"/>.</summary>
    Cpu = 1L << 7,

    /// <summary><see cref="CgroupResources.CpuPeriod"/>.</summary>
    CpuPeriod = 1L << 8,

    /// <summary><see cref="CgroupResources.CpuBurst"/>.</summary>
    CpuBurst = 1L << 9,

    /// <summary><see cref="CgroupResources.CpuWeight"/>.</summary>
    CpuWeight = 1L << 10,

    /// <summary><see cref="CgroupResources.CpuIdle"/>.</summary>
    CpuIdle = 1L << 11,

    /// <summary><see cref="CgroupResources.CpuSet"/>.</summary>
    CpuSet = 1L << 12,

    /// <summary><see cref="CgroupResources.MemoryNodes"/>.</summary>
    MemoryNodes = 1L << 13,

    /// <summary><see cref="CgroupResources.Pids"/>.</summary>
    Pids = 1L << 14,

    /// <summary><see cref="CgroupResources.IoWeight"/>.</summary>
    IoWeight = 1L << 15,

    /// <summary><see cref="CgroupResources.Io"/>: bytes and operations.</summary>
    Io = 1L << 16,

    /// <summary><see cref="CgroupResources.Io"/>: weight by device.</summary>
    IoDeviceWeight = 1L << 17,

    /// <summary><see cref="CgroupResources.Io"/>: latency target.</summary>
    IoLatency = 1L << 18,

    /// <summary><see cref="CgroupResources.HugePage"/>.</summary>
    HugePage = 1L << 19,

    /// <summary><see cref="CgroupResources.Rdma"/>.</summary>
    Rdma = 1L << 20,

    /// <summary><see cref="CgroupResources.Device"/>.</summary>
    Device = 1L << 21,

    /// <summary><see cref="CgroupResources.NetworkClass"/>.</summary>
    NetworkClass = 1L << 22,

    /// <summary><see cref="CgroupResources.NetworkPriority"/>.</summary>
    NetworkPriority = 1L << 23,
}
