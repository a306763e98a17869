namespace NsTools.Interop.Oci;

/// <summary>Builds a <see cref="LinuxSpec"/> from JSON, member by member, each in config-linux.md's own name.</summary>
internal static class LinuxSpecReader
{
    public static LinuxSpec? Read(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        var linux = new LinuxSpec();
        while (cursor.NextMember())
        {
            if (cursor.Is("namespaces"u8))
                linux = linux with { Namespaces = cursor.List(ReadNamespace) };
            else if (cursor.Is("uidMappings"u8))
                linux = linux with { UidMappings = cursor.List(ReadMapping) };
            else if (cursor.Is("gidMappings"u8))
                linux = linux with { GidMappings = cursor.List(ReadMapping) };
            else if (cursor.Is("timeOffsets"u8))
                linux = linux with { TimeOffsets = cursor.Map(ReadOffset) };
            else if (cursor.Is("devices"u8))
                linux = linux with { Devices = cursor.List(ReadDevice) };
            else if (cursor.Is("netDevices"u8))
                linux = linux with { NetDevices = cursor.Map(ReadNetDevice) };
            else if (cursor.Is("cgroupsPath"u8))
                linux = linux with { CgroupsPath = cursor.TextOrNull() };
            else if (cursor.Is("resources"u8))
                linux = linux with { Resources = ResourcesSpecReader.Read(ref cursor) };
            else if (cursor.Is("intelRdt"u8))
                linux = linux with { IntelRdt = ReadIntelRdt(ref cursor) };
            else if (cursor.Is("sysctl"u8))
                linux = linux with { Sysctl = cursor.TextMap() };
            else if (cursor.Is("seccomp"u8))
                linux = linux with { Seccomp = SeccompSpecReader.Read(ref cursor) };
            else if (cursor.Is("rootfsPropagation"u8))
                linux = linux with { RootfsPropagation = cursor.TextOrNull() };
            else if (cursor.Is("maskedPaths"u8))
                linux = linux with { MaskedPaths = cursor.Texts() };
            else if (cursor.Is("readonlyPaths"u8))
                linux = linux with { ReadonlyPaths = cursor.Texts() };
            else if (cursor.Is("mountLabel"u8))
                linux = linux with { MountLabel = cursor.TextOrNull() };
            else if (cursor.Is("memoryPolicy"u8))
                linux = linux with { MemoryPolicy = ReadMemoryPolicy(ref cursor) };
            else if (cursor.Is("personality"u8))
                linux = linux with { Personality = ReadPersonality(ref cursor) };
            else
                cursor.Skip();
        }
        return linux;
    }

    public static IdMapping ReadMapping(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        uint? inside = null;
        uint? outside = null;
        uint? size = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("containerID"u8))
                inside = cursor.UInt32();
            else if (cursor.Is("hostID"u8))
                outside = cursor.UInt32();
            else if (cursor.Is("size"u8))
                size = cursor.UInt32();
            else
                cursor.Skip();
        }
        return new IdMapping
        {
            ContainerId = cursor.Required(inside, "containerID"),
            HostId = cursor.Required(outside, "hostID"),
            Size = cursor.Required(size, "size"),
        };
    }

    private static NamespaceSpec ReadNamespace(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        string? type = null;
        string? path = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("type"u8))
                type = cursor.Text();
            else if (cursor.Is("path"u8))
                path = cursor.TextOrNull();
            else
                cursor.Skip();
        }
        return new NamespaceSpec { Type = cursor.Required(type, "type"), Path = path };
    }

    private static TimeOffset ReadOffset(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        long seconds = 0;
        uint nanoseconds = 0;
        while (cursor.NextMember())
        {
            if (cursor.Is("secs"u8))
                seconds = cursor.Int64() ?? 0;
            else if (cursor.Is("nanosecs"u8))
                nanoseconds = cursor.UInt32() ?? 0;
            else
                cursor.Skip();
        }
        return new TimeOffset { Secs = seconds, Nanosecs = nanoseconds };
    }

    private static DeviceSpec ReadDevice(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        string? type = null;
        string? path = null;
        long? major = null;
        long? minor = null;
        uint? mode = null;
        uint? uid = null;
        uint? gid = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("type"u8))
                type = cursor.Text();
            else if (cursor.Is("path"u8))
                path = cursor.Text();
            else if (cursor.Is("major"u8))
                major = cursor.Int64();
            else if (cursor.Is("minor"u8))
                minor = cursor.Int64();
            else if (cursor.Is("fileMode"u8))
                mode = cursor.UInt32();
            else if (cursor.Is("uid"u8))
                uid = cursor.UInt32();
            else if (cursor.Is("gid"u8))
                gid = cursor.UInt32();
            else
                cursor.Skip();
        }
        return new DeviceSpec
        {
            Type = cursor.Required(type, "type"),
            Path = cursor.Required(path, "path"),
            Major = major,
            Minor = minor,
            FileMode = mode,
            Uid = uid,
            Gid = gid,
        };
    }

    private static NetDeviceSpec ReadNetDevice(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        string? name = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("name"u8))
                name = cursor.TextOrNull();
            else
                cursor.Skip();
        }
        return new NetDeviceSpec { Name = name };
    }

    private static IntelRdtSpec? ReadIntelRdt(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        var rdt = new IntelRdtSpec();
        while (cursor.NextMember())
        {
            if (cursor.Is("closID"u8))
                rdt = rdt with { ClosId = cursor.TextOrNull() };
            else if (cursor.Is("schemata"u8))
                rdt = rdt with { Schemata = cursor.Texts() };
            else if (cursor.Is("l3CacheSchema"u8))
                rdt = rdt with { L3CacheSchema = cursor.TextOrNull() };
            else if (cursor.Is("memBwSchema"u8))
                rdt = rdt with { MemBwSchema = cursor.TextOrNull() };
            else if (cursor.Is("enableMonitoring"u8))
                rdt = rdt with { EnableMonitoring = cursor.Flag() };
            else
                cursor.Skip();
        }
        return rdt;
    }

    private static MemoryPolicySpec? ReadMemoryPolicy(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        string? mode = null;
        string? nodes = null;
        List<string>? flags = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("mode"u8))
                mode = cursor.Text();
            else if (cursor.Is("nodes"u8))
                nodes = cursor.TextOrNull();
            else if (cursor.Is("flags"u8))
                flags = cursor.Texts();
            else
                cursor.Skip();
        }
        return new MemoryPolicySpec { Mode = cursor.Required(mode, "mode"), Nodes = nodes, Flags = flags };
    }

    private static PersonalitySpec? ReadPersonality(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        string? domain = null;
        List<string>? flags = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("domain"u8))
                domain = cursor.Text();
            else if (cursor.Is("flags"u8))
                flags = cursor.Texts();
            else
                cursor.Skip();
        }
        return new PersonalitySpec { Domain = cursor.Required(domain, "domain"), Flags = flags };
    }
}
