namespace NsTools.Interop.Oci;

/// <summary>Builds a <see cref="ResourcesSpec"/> from JSON (config-linux.md, "Control groups").</summary>
internal static class ResourcesSpecReader
{
    public static ResourcesSpec? Read(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        var resources = new ResourcesSpec();
        while (cursor.NextMember())
        {
            if (cursor.Is("devices"u8))
                resources = resources with { Devices = cursor.List(ReadDeviceRule) };
            else if (cursor.Is("memory"u8))
                resources = resources with { Memory = ReadMemory(ref cursor) };
            else if (cursor.Is("cpu"u8))
                resources = resources with { Cpu = ReadCpu(ref cursor) };
            else if (cursor.Is("pids"u8))
                resources = resources with { Pids = ReadPids(ref cursor) };
            else if (cursor.Is("blockIO"u8))
                resources = resources with { BlockIo = BlockIoSpecReader.Read(ref cursor) };
            else if (cursor.Is("hugepageLimits"u8))
                resources = resources with { HugepageLimits = cursor.List(ReadHugepages) };
            else if (cursor.Is("network"u8))
                resources = resources with { Network = ReadNetwork(ref cursor) };
            else if (cursor.Is("rdma"u8))
                resources = resources with { Rdma = cursor.Map(ReadRdma) };
            else if (cursor.Is("unified"u8))
                resources = resources with { Unified = cursor.TextMap() };
            else
                cursor.Skip();
        }
        return resources;
    }

    private static DeviceRuleSpec ReadDeviceRule(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        bool? allow = null;
        string? type = null;
        long? major = null;
        long? minor = null;
        string? access = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("allow"u8))
                allow = cursor.FlagOrNull();
            else if (cursor.Is("type"u8))
                type = cursor.TextOrNull();
            else if (cursor.Is("major"u8))
                major = cursor.Int64();
            else if (cursor.Is("minor"u8))
                minor = cursor.Int64();
            else if (cursor.Is("access"u8))
                access = cursor.TextOrNull();
            else
                cursor.Skip();
        }
        return new DeviceRuleSpec
        {
            Allow = cursor.Required(allow, "allow"),
            Type = type,
            Major = major,
            Minor = minor,
            Access = access,
        };
    }

    private static MemoryResourcesSpec? ReadMemory(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        var memory = new MemoryResourcesSpec();
        while (cursor.NextMember())
        {
            if (cursor.Is("limit"u8))
                memory = memory with { Limit = cursor.Int64() };
            else if (cursor.Is("reservation"u8))
                memory = memory with { Reservation = cursor.Int64() };
            else if (cursor.Is("swap"u8))
                memory = memory with { Swap = cursor.Int64() };
            else if (cursor.Is("kernel"u8))
                memory = memory with { Kernel = cursor.Int64() };
            else if (cursor.Is("kernelTCP"u8))
                memory = memory with { KernelTcp = cursor.Int64() };
            else if (cursor.Is("swappiness"u8))
                memory = memory with { Swappiness = cursor.UInt64() };
            else if (cursor.Is("disableOOMKiller"u8))
                memory = memory with { DisableOomKiller = cursor.FlagOrNull() };
            else if (cursor.Is("useHierarchy"u8))
                memory = memory with { UseHierarchy = cursor.FlagOrNull() };
            else if (cursor.Is("checkBeforeUpdate"u8))
                memory = memory with { CheckBeforeUpdate = cursor.FlagOrNull() };
            else
                cursor.Skip();
        }
        return memory;
    }

    private static CpuResourcesSpec? ReadCpu(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        var cpu = new CpuResourcesSpec();
        while (cursor.NextMember())
        {
            if (cursor.Is("shares"u8))
                cpu = cpu with { Shares = cursor.UInt64() };
            else if (cursor.Is("quota"u8))
                cpu = cpu with { Quota = cursor.Int64() };
            else if (cursor.Is("burst"u8))
                cpu = cpu with { Burst = cursor.UInt64() };
            else if (cursor.Is("period"u8))
                cpu = cpu with { Period = cursor.UInt64() };
            else if (cursor.Is("realtimeRuntime"u8))
                cpu = cpu with { RealtimeRuntime = cursor.Int64() };
            else if (cursor.Is("realtimePeriod"u8))
                cpu = cpu with { RealtimePeriod = cursor.UInt64() };
            else if (cursor.Is("cpus"u8))
                cpu = cpu with { Cpus = cursor.TextOrNull() };
            else if (cursor.Is("mems"u8))
                cpu = cpu with { Mems = cursor.TextOrNull() };
            else if (cursor.Is("idle"u8))
                cpu = cpu with { Idle = cursor.Int64() };
            else
                cursor.Skip();
        }
        return cpu;
    }

    private static PidsResourcesSpec? ReadPids(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        long? limit = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("limit"u8))
                limit = cursor.Int64();
            else
                cursor.Skip();
        }
        return new PidsResourcesSpec { Limit = limit };
    }

    private static HugepageLimitSpec ReadHugepages(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        string? size = null;
        ulong? limit = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("pageSize"u8))
                size = cursor.Text();
            else if (cursor.Is("limit"u8))
                limit = cursor.UInt64();
            else
                cursor.Skip();
        }
        return new HugepageLimitSpec { PageSize = cursor.Required(size, "pageSize"), Limit = cursor.Required(limit, "limit") };
    }

    private static NetworkResourcesSpec? ReadNetwork(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        var network = new NetworkResourcesSpec();
        while (cursor.NextMember())
        {
            if (cursor.Is("classID"u8))
                network = network with { ClassId = cursor.UInt32() };
            else if (cursor.Is("priorities"u8))
                network = network with { Priorities = cursor.List(ReadPriority) };
            else
                cursor.Skip();
        }
        return network;
    }

    private static InterfacePrioritySpec ReadPriority(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        string? name = null;
        uint? priority = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("name"u8))
                name = cursor.Text();
            else if (cursor.Is("priority"u8))
                priority = cursor.UInt32();
            else
                cursor.Skip();
        }
        return new InterfacePrioritySpec { Name = cursor.Required(name, "name"), Priority = cursor.Required(priority, "priority") };
    }

    private static RdmaResourcesSpec ReadRdma(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        uint? handles = null;
        uint? objects = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("hcaHandles"u8))
                handles = cursor.UInt32();
            else if (cursor.Is("hcaObjects"u8))
                objects = cursor.UInt32();
            else
                cursor.Skip();
        }
        return new RdmaResourcesSpec { HcaHandles = handles, HcaObjects = objects };
    }
}
