namespace NsTools.Interop.Oci;

/// <summary>Checks what a config says before anything is started; each complaint names the JSON path.</summary>
public static class RuntimeSpecValidator
{
    private static readonly string[] s_propagations =
        ["private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable"];

    /// <summary>Checks the config.</summary>
    /// <param name="spec">The config.</param>
    /// <param name="needsProcess">True when a program is to be run, so that <c>process</c> must be there.</param>
    /// <exception cref="RuntimeSpecException">The first thing that is wrong.</exception>
    public static void Validate(RuntimeSpec spec, bool needsProcess)
    {
        if (!spec.OciVersion.StartsWith("1.", StringComparison.Ordinal))
            throw new RuntimeSpecException("$.ociVersion", $"'{spec.OciVersion}' is not a version 1 of the specification");
        if (needsProcess && spec.Process is null)
            throw new RuntimeSpecException("$.process", "it is missing, and there is a program to run");
        if (spec.Process is not null)
            ValidateProcess(spec.Process);
        if (spec.Root is { } root)
            RequireText("$.root.path", root.Path);
        var namespaces = ValidateNamespaces(spec.Linux?.Namespaces ?? []);
        ValidateHostName("$.hostname", spec.Hostname, namespaces);
        ValidateHostName("$.domainname", spec.Domainname, namespaces);
        ValidateMounts(spec.Mounts ?? [], namespaces);
        if (spec.Linux is not null)
            ValidateLinux(spec.Linux, namespaces);
    }

    private static void ValidateProcess(ProcessSpec process)
    {
        if (process.Args.Count == 0)
            throw new RuntimeSpecException("$.process.args", "it is empty");
        for (int i = 0; i < process.Args.Count; i++)
            RequireNoNul($"$.process.args[{i}]", process.Args[i]);
        RequireText("$.process.args[0]", process.Args[0]);
        for (int i = 0; i < (process.Env?.Count ?? 0); i++)
        {
            RequireNoNul($"$.process.env[{i}]", process.Env![i]);
            if (process.Env[i].IndexOf('=', StringComparison.Ordinal) <= 0)
                throw new RuntimeSpecException($"$.process.env[{i}]", $"'{process.Env[i]}' is not NAME=value");
        }
        RequireAbsolute("$.process.cwd", process.Cwd);
        // -1 to setresuid(2) and setresgid(2), which change nothing then: the program would run as root.
        if (process.User.Uid == uint.MaxValue)
            throw new RuntimeSpecException("$.process.user.uid", "4294967295 is no user ID");
        if (process.User.Gid == uint.MaxValue || process.User.AdditionalGids?.Contains(uint.MaxValue) == true)
            throw new RuntimeSpecException("$.process.user", "4294967295 is no group ID");
    }

    private static Dictionary<string, NamespaceSpec> ValidateNamespaces(IReadOnlyList<NamespaceSpec> namespaces)
    {
        var found = new Dictionary<string, NamespaceSpec>(StringComparer.Ordinal);
        for (int i = 0; i < namespaces.Count; i++)
        {
            NamespaceSpec item = namespaces[i];
            if (!NamespaceKinds.IsKnown(item.Type))
                throw new RuntimeSpecException($"$.linux.namespaces[{i}].type", $"'{item.Type}' is not one of {string.Join(", ", NamespaceKinds.Names)}");
            if (!found.TryAdd(item.Type, item))
                throw new RuntimeSpecException($"$.linux.namespaces[{i}].type", $"'{item.Type}' is there twice");
            if (item.Path is not null)
                RequireAbsolute($"$.linux.namespaces[{i}].path", item.Path);
        }
        return found;
    }

    private static void ValidateHostName(string path, string? name, Dictionary<string, NamespaceSpec> namespaces)
    {
        if (name is null)
            return;
        RequireNoNul(path, name);
        // sethostname(2): __NEW_UTS_LEN.
        if (System.Text.Encoding.UTF8.GetByteCount(name) > 64)
            throw new RuntimeSpecException(path, "it is longer than 64 bytes");
        if (!namespaces.ContainsKey("uts"))
            throw new RuntimeSpecException(path, "it needs a uts namespace in linux.namespaces, otherwise the host's own name would change");
    }

    private static void ValidateMounts(IReadOnlyList<MountSpec> mounts, Dictionary<string, NamespaceSpec> namespaces)
    {
        // Without one of its own, the mounts would appear on the host, or in the container that is joined.
        bool ownMounts = namespaces.TryGetValue("mount", out NamespaceSpec? mount) && mount.Path is null;
        if (mounts.Count > 0 && !ownMounts)
            throw new RuntimeSpecException("$.mounts", "mounts need a new mount namespace in linux.namespaces");
        for (int i = 0; i < mounts.Count; i++)
        {
            RequireAbsolute($"$.mounts[{i}].destination", mounts[i].Destination);
            if (mounts[i].Source is { } source)
                RequireNoNul($"$.mounts[{i}].source", source);
        }
    }

    private static void ValidateLinux(LinuxSpec linux, Dictionary<string, NamespaceSpec> namespaces)
    {
        bool newUser = namespaces.TryGetValue("user", out NamespaceSpec? user) && user.Path is null;
        ValidateMap("$.linux.uidMappings", linux.UidMappings, newUser);
        ValidateMap("$.linux.gidMappings", linux.GidMappings, newUser);
        if (linux.TimeOffsets is { Count: > 0 } offsets)
        {
            if (!namespaces.TryGetValue("time", out NamespaceSpec? time) || time.Path is not null)
                throw new RuntimeSpecException("$.linux.timeOffsets", "offsets need a new time namespace in linux.namespaces");
            foreach ((string clock, TimeOffset offset) in offsets)
            {
                if (clock is not ("monotonic" or "boottime"))
                    throw new RuntimeSpecException($"$.linux.timeOffsets.{clock}", "the clocks are monotonic and boottime");
                if (offset.Nanosecs > 999_999_999)
                    throw new RuntimeSpecException($"$.linux.timeOffsets.{clock}.nanosecs", $"{offset.Nanosecs} is above 999999999");
            }
        }
        if (linux.RootfsPropagation is { } propagation && Array.IndexOf(s_propagations, propagation) < 0)
            throw new RuntimeSpecException("$.linux.rootfsPropagation", $"'{propagation}' is not one of {string.Join(", ", s_propagations)}");
    }

    private static void ValidateMap(string path, IReadOnlyList<IdMapping>? map, bool newUser)
    {
        if (map is null or { Count: 0 })
            return;
        if (!newUser)
            throw new RuntimeSpecException(path, "mappings need a new user namespace in linux.namespaces");
        for (int i = 0; i < map.Count; i++)
        {
            if (map[i].Size == 0)
                throw new RuntimeSpecException($"{path}[{i}].size", "it is 0");
            if ((ulong)map[i].ContainerId + map[i].Size > uint.MaxValue || (ulong)map[i].HostId + map[i].Size > uint.MaxValue)
                throw new RuntimeSpecException($"{path}[{i}]", "it goes beyond the last ID, 4294967294");
        }
    }

    private static void RequireText(string path, string? value)
    {
        if (string.IsNullOrEmpty(value))
            throw new RuntimeSpecException(path, "it is empty");
        RequireNoNul(path, value);
    }

    private static void RequireAbsolute(string path, string? value)
    {
        RequireText(path, value);
        if (value![0] != '/')
            throw new RuntimeSpecException(path, $"'{value}' is not an absolute path");
    }

    private static void RequireNoNul(string path, string value)
    {
        if (value.Contains('\0', StringComparison.Ordinal))
            throw new RuntimeSpecException(path, "it contains a NUL character");
    }
}
