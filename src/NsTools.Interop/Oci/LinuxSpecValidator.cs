using NsTools.Interop.Processes;

namespace NsTools.Interop.Oci;

/// <summary>Checks a <see cref="LinuxSpec"/> (config-linux.md).</summary>
internal static class LinuxSpecValidator
{
    // linux/if.h, IFNAMSIZ without its NUL.
    private const int InterfaceNameLength = 15;

    // linux/kdev_t.h, MKDEV of the user space: 12 and 20 bits.
    private const long LastMajor = (1 << 12) - 1;
    private const long LastMinor = (1 << 20) - 1;

    private static readonly string[] s_propagations =
        ["private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable"];

    public static Dictionary<string, NamespaceSpec> ValidateNamespaces(IReadOnlyList<NamespaceSpec> namespaces)
    {
        var found = new Dictionary<string, NamespaceSpec>(StringComparer.Ordinal);
        for (int i = 0; i < namespaces.Count; i++)
        {
            NamespaceSpec item = namespaces[i];
            string path = JsonPath.Item("$.linux.namespaces", i);
            SpecCheck.OneOf($"{path}.type", item.Type, NamespaceKinds.Names);
            if (!found.TryAdd(item.Type, item))
                throw new RuntimeSpecException($"{path}.type", $"'{item.Type}' is there twice");
            if (item.Path is not null)
                SpecCheck.Absolute($"{path}.path", item.Path);
        }
        return found;
    }

    public static bool IsNew(Dictionary<string, NamespaceSpec> namespaces, string type) =>
        namespaces.TryGetValue(type, out NamespaceSpec? found) && found.Path is null;

    public static void Validate(LinuxSpec linux, Dictionary<string, NamespaceSpec> namespaces)
    {
        ValidateUserMap("$.linux.uidMappings", linux.UidMappings, namespaces);
        ValidateUserMap("$.linux.gidMappings", linux.GidMappings, namespaces);
        ValidateOffsets(linux.TimeOffsets, namespaces);
        ValidateDevices(linux.Devices ?? []);
        ValidateNetDevices(linux.NetDevices, namespaces);
        SpecCheck.NoNul("$.linux.cgroupsPath", linux.CgroupsPath);
        if (linux.Resources is { } resources)
            ResourcesSpecValidator.Validate("$.linux.resources", resources);
        SpecCheck.NoNulItems("$.linux.intelRdt.schemata", linux.IntelRdt?.Schemata);
        ValidateSysctl(linux.Sysctl);
        if (linux.Seccomp is { } seccomp)
            SeccompSpecValidator.Validate("$.linux.seccomp", seccomp);
        if (linux.RootfsPropagation is { } propagation)
            SpecCheck.OneOf("$.linux.rootfsPropagation", propagation, s_propagations);
        ValidateHiddenPaths("$.linux.maskedPaths", linux.MaskedPaths, namespaces);
        ValidateHiddenPaths("$.linux.readonlyPaths", linux.ReadonlyPaths, namespaces);
        SpecCheck.NoNul("$.linux.mountLabel", linux.MountLabel);
        if (linux.MemoryPolicy is { } policy)
            ValidateMemoryPolicy(policy);
        if (linux.Personality is { } personality)
        {
            SpecCheck.OneOf("$.linux.personality.domain", personality.Domain, ["LINUX", "LINUX32"]);
            if (personality.Flags is { Count: > 0 })
                throw new RuntimeSpecException("$.linux.personality.flags", "the specification has no flags yet");
        }
    }

    public static void ValidateMap(string path, IReadOnlyList<IdMapping>? map)
    {
        for (int i = 0; i < (map?.Count ?? 0); i++)
        {
            if (map![i].Size == 0)
                throw new RuntimeSpecException($"{JsonPath.Item(path, i)}.size", "it is 0");
            if ((ulong)map[i].ContainerId + map[i].Size > uint.MaxValue || (ulong)map[i].HostId + map[i].Size > uint.MaxValue)
                throw new RuntimeSpecException(JsonPath.Item(path, i), "it goes beyond the last ID, 4294967294");
        }
    }

    private static void ValidateUserMap(string path, IReadOnlyList<IdMapping>? map, Dictionary<string, NamespaceSpec> namespaces)
    {
        if (map is { Count: > 0 } && !IsNew(namespaces, "user"))
            throw new RuntimeSpecException(path, "mappings need a new user namespace in linux.namespaces");
        ValidateMap(path, map);
    }

    private static void ValidateOffsets(IReadOnlyDictionary<string, TimeOffset>? offsets, Dictionary<string, NamespaceSpec> namespaces)
    {
        if (offsets is null or { Count: 0 })
            return;
        if (!IsNew(namespaces, "time"))
            throw new RuntimeSpecException("$.linux.timeOffsets", "offsets need a new time namespace in linux.namespaces");
        foreach ((string clock, TimeOffset offset) in offsets)
        {
            string path = JsonPath.Member("$.linux.timeOffsets", clock);
            if (clock is not ("monotonic" or "boottime"))
                throw new RuntimeSpecException(path, "the clocks are monotonic and boottime");
            SpecCheck.Range($"{path}.nanosecs", offset.Nanosecs, 0, 999_999_999);
        }
    }

    private static void ValidateDevices(IReadOnlyList<DeviceSpec> devices)
    {
        for (int i = 0; i < devices.Count; i++)
        {
            DeviceSpec device = devices[i];
            string path = JsonPath.Item("$.linux.devices", i);
            SpecCheck.OneOf($"{path}.type", device.Type, ["c", "b", "u", "p"]);
            SpecCheck.Absolute($"{path}.path", device.Path);
            if (device.Type != "p")
            {
                SpecCheck.Range($"{path}.major", device.Major ?? throw new RuntimeSpecException($"{path}.major", "it is missing"), 0, LastMajor);
                SpecCheck.Range($"{path}.minor", device.Minor ?? throw new RuntimeSpecException($"{path}.minor", "it is missing"), 0, LastMinor);
            }
            // Engines copy st_mode, type and all.
            if (device.FileMode is { } mode)
                SpecCheck.Range($"{path}.fileMode", mode, 0, ushort.MaxValue);
            if (device.Uid == uint.MaxValue)
                throw new RuntimeSpecException($"{path}.uid", "4294967295 is no user ID");
            if (device.Gid == uint.MaxValue)
                throw new RuntimeSpecException($"{path}.gid", "4294967295 is no group ID");
        }
    }

    private static void ValidateNetDevices(IReadOnlyDictionary<string, NetDeviceSpec>? devices, Dictionary<string, NamespaceSpec> namespaces)
    {
        if (devices is null or { Count: 0 })
            return;
        if (!namespaces.ContainsKey("network"))
            throw new RuntimeSpecException("$.linux.netDevices", "network devices need a network namespace in linux.namespaces");
        foreach ((string name, NetDeviceSpec device) in devices)
        {
            string path = JsonPath.Member("$.linux.netDevices", name);
            ValidateInterfaceName(path, name);
            if (device.Name is not null)
                ValidateInterfaceName($"{path}.name", device.Name);
        }
    }

    // net/core/dev.c, dev_valid_name().
    private static void ValidateInterfaceName(string path, string name)
    {
        SpecCheck.Text(path, name);
        bool isBad = name is "." or ".." || System.Text.Encoding.UTF8.GetByteCount(name) > InterfaceNameLength;
        foreach (char letter in name)
            isBad |= letter is '/' or ':' or '%' || char.IsWhiteSpace(letter);
        if (isBad)
            throw new RuntimeSpecException(path, $"'{name}' is no name of a network device");
    }

    private static void ValidateSysctl(IReadOnlyDictionary<string, string>? parameters)
    {
        SpecCheck.Names("$.linux.sysctl", parameters);
        foreach ((string name, string value) in parameters ?? new Dictionary<string, string>())
            SpecCheck.NoNul(JsonPath.Member("$.linux.sysctl", name), value);
    }

    private static void ValidateHiddenPaths(string path, IReadOnlyList<string>? paths, Dictionary<string, NamespaceSpec> namespaces)
    {
        if (paths is { Count: > 0 } && !IsNew(namespaces, "mount"))
            throw new RuntimeSpecException(path, "it needs a new mount namespace in linux.namespaces");
        SpecCheck.AbsoluteItems(path, paths);
    }

    // set_mempolicy(2): which modes want nodes, which flags exclude each other.
    private static void ValidateMemoryPolicy(MemoryPolicySpec policy)
    {
        const string Path = "$.linux.memoryPolicy";
        SpecCheck.OneOf($"{Path}.mode", policy.Mode, MemoryPolicyMode.Modes);
        SpecCheck.AllOf($"{Path}.flags", policy.Flags, MemoryPolicyMode.Flags);
        if (policy.Nodes is { } nodes && NumberList.TryParse(nodes) is null)
            throw new RuntimeSpecException($"{Path}.nodes", $"'{nodes}' is no list of nodes such as 0-1,3");
        bool takesNone = policy.Mode is "MPOL_DEFAULT" or "MPOL_LOCAL";
        if (takesNone && policy.Nodes is not null)
            throw new RuntimeSpecException($"{Path}.nodes", $"{policy.Mode} takes no nodes");
        if (!takesNone && policy.Mode != "MPOL_PREFERRED" && policy.Nodes is null)
            throw new RuntimeSpecException($"{Path}.nodes", $"it is missing, and {policy.Mode} needs nodes");
    }
}
