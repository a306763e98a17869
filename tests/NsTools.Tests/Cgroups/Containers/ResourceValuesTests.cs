using NsTools.Interop.Cgroups;
using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Oci;
using Xunit;

namespace NsTools.Tests.Cgroups.Containers;

/// <summary>What each member of linux.resources becomes on v1 and v2.</summary>
public sealed class ResourceValuesTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(1024, 100)]
    [InlineData(512, 59)]
    [InlineData(2048, 174)]
    [InlineData(262144, 10000)]
    [InlineData(0, null)]
    public void Shares_become_a_weight(ulong shares, int? weight) =>
        Assert.Equal(weight?.ToString(), Single(HierarchyVersion.V2, new() { Cpu = new() { Shares = shares } })?.Value);

    [Theory]
    [InlineData(100L, 300L, "memory.swap.max=200;memory.max=100")]
    [InlineData(100L, 100L, "memory.swap.max=0;memory.max=100")]
    [InlineData(100L, -1L, "memory.swap.max=max;memory.max=100")]
    [InlineData(-1L, null, "memory.swap.max=max;memory.max=max")]
    [InlineData(100L, null, "memory.max=100")]
    [InlineData(null, -1L, "memory.swap.max=max")]
    [InlineData(0L, 0L, "")]
    public void Memory_and_swap_together_become_swap_alone(long? limit, long? swap, string expected) =>
        Assert.Equal(expected, Show(HierarchyVersion.V2, new() { Memory = new() { Limit = limit, Swap = swap } }));

    [Theory]
    [InlineData(50000L, 100000UL, "cpu.max=50000 100000")]
    [InlineData(-1L, 100000UL, "cpu.max=max 100000")]
    [InlineData(50000L, null, "cpu.max=50000")]
    [InlineData(null, 100000UL, "cpu.max=… 100000")]
    public void Quota_and_period_share_a_file(long? quota, ulong? period, string expected) =>
        Assert.Equal(expected, Show(HierarchyVersion.V2, new() { Cpu = new() { Quota = quota, Period = period } }));

    [Fact]
    public void On_v1_all_is_written_as_it_is()
    {
        ResourcesSpec all = new()
        {
            Memory = new() { Limit = 100, Swap = -1, Reservation = 50, Kernel = 7, KernelTcp = 8, Swappiness = 60, DisableOomKiller = true, UseHierarchy = true },
            Cpu = new() { Shares = 1024, Quota = -1, Period = 100000, Burst = 5, RealtimePeriod = 1000000, RealtimeRuntime = 950000, Idle = 1, Cpus = "0-1", Mems = "0" },
            Pids = new() { Limit = -1 },
            Network = new() { ClassId = 0x100001, Priorities = [new() { Name = "lo", Priority = 5 }] },
            HugepageLimits = [new() { PageSize = "2MB", Limit = 4096 }],
            Rdma = new Dictionary<string, RdmaResourcesSpec> { ["mlx5_0"] = new() { HcaHandles = 2, HcaObjects = 3 } },
        };
        Assert.Equal(
            "memory.limit_in_bytes=100;memory.memsw.limit_in_bytes=-1;memory.soft_limit_in_bytes=50;memory.kmem.limit_in_bytes=7;memory.kmem.tcp.limit_in_bytes=8;"
            + "memory.swappiness=60;memory.oom_control=1;memory.use_hierarchy=1;cpu.shares=1024;cpu.cfs_period_us=100000;cpu.cfs_quota_us=-1;cpu.cfs_burst_us=5;"
            + "cpu.rt_period_us=1000000;cpu.rt_runtime_us=950000;cpu.idle=1;cpuset.cpus=0-1;cpuset.mems=0;pids.max=max;hugetlb.2MB.limit_in_bytes=4096;"
            + "hugetlb.2MB.rsvd.limit_in_bytes=4096;net_cls.classid=1048577;net_prio.ifpriomap=lo 5;rdma.max=mlx5_0 hca_handle=2 hca_object=3",
            Show(HierarchyVersion.V1, all));
    }

    [Fact]
    public void Block_devices_get_their_weights_and_rates()
    {
        ResourcesSpec block = new()
        {
            BlockIo = new()
            {
                Weight = 100,
                WeightDevice = [new() { Major = 8, Minor = 0, Weight = 1000 }],
                ThrottleReadBpsDevice = [new() { Major = 8, Minor = 0, Rate = 1048576 }],
                ThrottleWriteIopsDevice = [new() { Major = 8, Minor = 16, Rate = 0 }],
            },
        };
        Assert.Equal(
            "blkio.bfq.weight=100|blkio.weight=100;blkio.bfq.weight_device=8:0 1000|blkio.weight_device=8:0 1000;"
            + "blkio.throttle.read_bps_device=8:0 1048576;blkio.throttle.write_iops_device=8:16 0",
            Show(HierarchyVersion.V1, block));
        Assert.Equal(
            "io.bfq.weight=100|io.weight=default 910;io.bfq.weight=8:0 1000|io.weight=8:0 10000;io.max=8:0 rbps=1048576;io.max=8:16 wiops=max",
            Show(HierarchyVersion.V2, block));
    }

    [Fact]
    public void Files_of_the_unified_hierarchy_go_there_line_by_line()
    {
        ResourcesSpec files = new() { Unified = new Dictionary<string, string> { ["memory.high"] = "1000", ["io.max"] = "8:0 rbps=1\n8:16 rbps=2\n" } };
        Assert.Equal("memory.high=1000;io.max=8:0 rbps=1;io.max=8:16 rbps=2", Show(HierarchyVersion.V1, files));
        Assert.All(ResourceValues.Of(files, _ => HierarchyVersion.V1), value => Assert.StartsWith(ControlValue.UnifiedPrefix, value.Controller, StringComparison.Ordinal));
    }

    public static TheoryData<string, ResourcesSpec> NotOnV2 => new()
    {
        { "memory.swappiness", new() { Memory = new() { Swappiness = 60 } } },
        { "memory.kernel", new() { Memory = new() { Kernel = 1 } } },
        { "memory.kernelTCP", new() { Memory = new() { KernelTcp = 1 } } },
        { "memory.disableOOMKiller", new() { Memory = new() { DisableOomKiller = true } } },
        { "memory.useHierarchy", new() { Memory = new() { UseHierarchy = false } } },
        { "memory.swap", new() { Memory = new() { Swap = 100 } } },
        { "memory.swap", new() { Memory = new() { Limit = 100, Swap = 50 } } },
        { "cpu.realtimeRuntime", new() { Cpu = new() { RealtimeRuntime = 1 } } },
        { "cpu.realtimePeriod", new() { Cpu = new() { RealtimePeriod = 1 } } },
        { "blockIO.leafWeight", new() { BlockIo = new() { LeafWeight = 10 } } },
        { "blockIO.weightDevice[0].leafWeight", new() { BlockIo = new() { WeightDevice = [new() { Major = 1, Minor = 2, LeafWeight = 10 }] } } },
        { "network.classID", new() { Network = new() { ClassId = 1 } } },
        { "network.priorities[0]", new() { Network = new() { Priorities = [new() { Name = "lo", Priority = 1 }] } } },
        { "unified['../x']", new() { Unified = new Dictionary<string, string> { ["../x"] = "1" } } },
        { "unified['cgroup.procs']", new() { Unified = new Dictionary<string, string> { ["cgroup.procs"] = "1" } } },
    };

    [Theory]
    [MemberData(nameof(NotOnV2))]
    public void What_cannot_be_said_on_v2_is_an_error_that_names_the_member(string member, ResourcesSpec resources) =>
        Assert.Equal("$.linux.resources." + member, Assert.Throws<RuntimeSpecException>(() => Show(HierarchyVersion.V2, resources)).Path);

    [Fact]
    public void What_asks_for_nothing_is_nothing() => Assert.Equal("", Show(HierarchyVersion.V2, new()
    {
        Memory = new() { DisableOomKiller = false, UseHierarchy = true, CheckBeforeUpdate = true },
        Cpu = new() { Cpus = "", Mems = "" },
        Network = new() { ClassId = 0, Priorities = [] },
        BlockIo = new() { Weight = 0 },
    }));

    private static ControlValue? Single(HierarchyVersion version, ResourcesSpec resources) => Values(version, resources).SingleOrDefault();

    private static string Show(HierarchyVersion version, ResourcesSpec resources) =>
        string.Join(';', Values(version, resources).Select(value => Text(value) + (value.Otherwise is { } other ? "|" + Text(other) : "")));

    private static string Text(ControlValue value) => $"{value.File}={(value.IsSecondWord ? "… " : "")}{value.Value}";

    // net_cls and net_prio are only on v1, or nowhere.
    private static List<ControlValue> Values(HierarchyVersion version, ResourcesSpec resources) =>
        ResourceValues.Of(resources, controller => controller == "net_cls" && version == HierarchyVersion.V2 ? null : version);
}
