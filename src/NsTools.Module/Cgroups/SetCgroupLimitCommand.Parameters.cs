using System.Collections;
using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>The limits that Set-CgroupLimit takes.</summary>
public sealed partial class SetCgroupLimitCommand
{
    /// <summary>The cgroups: paths, or what Get-Cgroup or New-Cgroup returns.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference[] Cgroup { get; set; } = [];

    /// <summary>Most bytes of memory, such as 200MB, or Unlimited. What goes over it and cannot be reclaimed is killed.</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(0, long.MaxValue)]
    public long? Memory { get; set; }

    /// <summary>Bytes of memory above which it is pushed back without being killed: memory.high on v2, memory.soft_limit_in_bytes on v1.</summary>
    [Parameter]
    [Alias("MemorySoft")]
    [ByteSizeTransformation]
    [ValidateRange(0, long.MaxValue)]
    public long? MemoryHigh { get; set; }

    /// <summary>Bytes of memory that are reclaimed only when nothing unprotected is left (v2).</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(0, long.MaxValue)]
    public long? MemoryLow { get; set; }

    /// <summary>Bytes of memory that are never reclaimed (v2).</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(0, long.MaxValue)]
    public long? MemoryMin { get; set; }

    /// <summary>Most bytes of swap, memory not counted, or Unlimited.</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(0, long.MaxValue)]
    public long? Swap { get; set; }

    /// <summary>How readily anonymous memory is swapped, 0 to 200 (v1).</summary>
    [Parameter]
    [ValidateRange(0, 200)]
    public int? Swappiness { get; set; }

    /// <summary>Whether all its processes are killed together when memory is out (v2).</summary>
    [Parameter]
    public bool? OomGroup { get; set; }

    /// <summary>Most CPU time in cores: 0.5 is half a core; or Unlimited.</summary>
    [Parameter]
    [CoreCountTransformation]
    [ValidateRange(0.001, double.PositiveInfinity)]
    public double? Cpu { get; set; }

    /// <summary>The period over which -Cpu is enforced, 1 ms to 1 s: 50ms, a TimeSpan, or microseconds. 100 ms when never set.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? CpuPeriod { get; set; }

    /// <summary>Unused CPU time that may be saved up and used above -Cpu: 20ms, a TimeSpan, or microseconds; at most the quota.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? CpuBurst { get; set; }

    /// <summary>Share of CPU time against siblings, 1 to 10000; 100 is usual.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int? CpuWeight { get; set; }

    /// <summary>Whether it runs only when nothing else wants the CPU.</summary>
    [Parameter]
    public bool? CpuIdle { get; set; }

    /// <summary>The CPUs that it may use, a list such as 0-1,4.</summary>
    [Parameter]
    [ValidatePattern(@"^[0-9,\-]*$")]
    public string? CpuSet { get; set; }

    /// <summary>The memory nodes that it may use, a list such as 0-1.</summary>
    [Parameter]
    [ValidatePattern(@"^[0-9,\-]*$")]
    public string? MemoryNodes { get; set; }

    /// <summary>Most processes and threads, or Unlimited.</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(0, long.MaxValue)]
    public long? Pids { get; set; }

    /// <summary>The disks that -IoReadBytes and its like, -IoLatency and -IoWeight are for: /dev/sda, sda, or 8:0.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BlockDeviceCompleter))]
    public string[] IoDevice { get; set; } = [];

    /// <summary>Most bytes read a second from each -IoDevice, or Unlimited.</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(1, long.MaxValue)]
    public long? IoReadBytes { get; set; }

    /// <summary>Most bytes written a second to each -IoDevice, or Unlimited.</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(1, long.MaxValue)]
    public long? IoWriteBytes { get; set; }

    /// <summary>Most read operations a second on each -IoDevice, or Unlimited.</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(1, long.MaxValue)]
    public long? IoReadOperations { get; set; }

    /// <summary>Most write operations a second on each -IoDevice, or Unlimited.</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(1, long.MaxValue)]
    public long? IoWriteOperations { get; set; }

    /// <summary>Share of block I/O against siblings, 1 to 10000, 100 is usual; with -IoDevice for those disks only.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int? IoWeight { get; set; }

    /// <summary>Completion time of I/O on each -IoDevice to protect against siblings: 10ms, a TimeSpan, or microseconds (v2).</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? IoLatency { get; set; }

    /// <summary>Most bytes in huge pages by page size: @{ '2MB' = '64MB' }.</summary>
    [Parameter]
    public IDictionary? HugePage { get; set; }

    /// <summary>RDMA limits by device: @{ mlx5_0 = @{ Handles = 2; Objects = 2000 } }.</summary>
    [Parameter]
    public IDictionary? Rdma { get; set; }

    /// <summary>Devices that may be used, as devices.allow has them: a, 'c 1:3 rwm', 'b 8:* r'. Applied after -DenyDevice.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? AllowDevice { get; set; }

    /// <summary>Devices that may not be used, as devices.deny has them: a for all.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? DenyDevice { get; set; }

    /// <summary>Traffic class of its packets: 10:1 as tc has it, or a number (v1).</summary>
    [Parameter]
    [NetworkClassTransformation]
    public uint? NetworkClass { get; set; }

    /// <summary>Priority of its packets by interface: @{ eth0 = 5 } (v1).</summary>
    [Parameter]
    public IDictionary? NetworkPriority { get; set; }

    /// <summary>Sets a memory limit below what is in use even where the kernel then kills until the rest fits (v2).</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }
}
