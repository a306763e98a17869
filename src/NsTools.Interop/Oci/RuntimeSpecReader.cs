namespace NsTools.Interop.Oci;

/// <summary>Builds a <see cref="RuntimeSpec"/> from JSON, member by member, each in config.md's or config-linux.md's own name.</summary>
internal static class RuntimeSpecReader
{
    public static RuntimeSpec Read(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject("$"))
            throw new RuntimeSpecException("$", "the config is null, not an object");
        string? version = null;
        var spec = new RuntimeSpec();
        while (cursor.NextMember())
        {
            if (cursor.Is("ociVersion"u8))
                version = cursor.Text("$.ociVersion");
            else if (cursor.Is("process"u8))
                spec = spec with { Process = ReadProcess(ref cursor, "$.process") };
            else if (cursor.Is("root"u8))
                spec = spec with { Root = ReadRoot(ref cursor, "$.root") };
            else if (cursor.Is("hostname"u8))
                spec = spec with { Hostname = cursor.Text("$.hostname") };
            else if (cursor.Is("domainname"u8))
                spec = spec with { Domainname = cursor.Text("$.domainname") };
            else if (cursor.Is("mounts"u8))
                spec = spec with { Mounts = cursor.List("$.mounts", ReadMount) };
            else if (cursor.Is("annotations"u8))
                spec = spec with { Annotations = cursor.Map("$.annotations", JsonCursor.RequiredText) };
            else if (cursor.Is("linux"u8))
                spec = spec with { Linux = ReadLinux(ref cursor, "$.linux") };
            else
                cursor.Skip();
        }
        cursor.End();
        return spec with { OciVersion = Required(version, "$.ociVersion") };
    }

    private static ProcessSpec? ReadProcess(ref JsonCursor cursor, string path)
    {
        if (!cursor.BeginObject(path))
            return null;
        List<string>? args = null;
        List<string>? env = null;
        string? cwd = null;
        UserSpec? user = null;
        bool terminal = false;
        bool noNewPrivileges = false;
        while (cursor.NextMember())
        {
            if (cursor.Is("args"u8))
                args = cursor.Texts($"{path}.args");
            else if (cursor.Is("env"u8))
                env = cursor.Texts($"{path}.env");
            else if (cursor.Is("cwd"u8))
                cwd = cursor.Text($"{path}.cwd");
            else if (cursor.Is("user"u8))
                user = ReadUser(ref cursor, $"{path}.user");
            else if (cursor.Is("terminal"u8))
                terminal = cursor.Flag($"{path}.terminal");
            else if (cursor.Is("noNewPrivileges"u8))
                noNewPrivileges = cursor.Flag($"{path}.noNewPrivileges");
            else
                cursor.Skip();
        }
        return new ProcessSpec
        {
            Args = Required(args, $"{path}.args"),
            Env = env,
            Cwd = Required(cwd, $"{path}.cwd"),
            User = user ?? new UserSpec(),
            Terminal = terminal,
            NoNewPrivileges = noNewPrivileges,
        };
    }

    private static UserSpec? ReadUser(ref JsonCursor cursor, string path)
    {
        if (!cursor.BeginObject(path))
            return null;
        var user = new UserSpec();
        while (cursor.NextMember())
        {
            if (cursor.Is("uid"u8))
                user = user with { Uid = cursor.UInt32($"{path}.uid") };
            else if (cursor.Is("gid"u8))
                user = user with { Gid = cursor.UInt32($"{path}.gid") };
            else if (cursor.Is("umask"u8))
                user = user with { Umask = cursor.OptionalUInt32($"{path}.umask") };
            else if (cursor.Is("additionalGids"u8))
                user = user with { AdditionalGids = cursor.List($"{path}.additionalGids", static (ref c, p) => c.UInt32(p)) };
            else
                cursor.Skip();
        }
        return user;
    }

    private static RootSpec? ReadRoot(ref JsonCursor cursor, string path)
    {
        if (!cursor.BeginObject(path))
            return null;
        string? directory = null;
        bool isReadOnly = false;
        while (cursor.NextMember())
        {
            if (cursor.Is("path"u8))
                directory = cursor.Text($"{path}.path");
            else if (cursor.Is("readonly"u8))
                isReadOnly = cursor.Flag($"{path}.readonly");
            else
                cursor.Skip();
        }
        return new RootSpec { Path = Required(directory, $"{path}.path"), Readonly = isReadOnly };
    }

    private static MountSpec ReadMount(ref JsonCursor cursor, string path)
    {
        RequireObject(ref cursor, path);
        string? destination = null;
        string? type = null;
        string? source = null;
        List<string>? options = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("destination"u8))
                destination = cursor.Text($"{path}.destination");
            else if (cursor.Is("type"u8))
                type = cursor.Text($"{path}.type");
            else if (cursor.Is("source"u8))
                source = cursor.Text($"{path}.source");
            else if (cursor.Is("options"u8))
                options = cursor.Texts($"{path}.options");
            else
                cursor.Skip();
        }
        return new MountSpec { Destination = Required(destination, $"{path}.destination"), Type = type, Source = source, Options = options };
    }

    private static LinuxSpec? ReadLinux(ref JsonCursor cursor, string path)
    {
        if (!cursor.BeginObject(path))
            return null;
        var linux = new LinuxSpec();
        while (cursor.NextMember())
        {
            if (cursor.Is("namespaces"u8))
                linux = linux with { Namespaces = cursor.List($"{path}.namespaces", ReadNamespace) };
            else if (cursor.Is("uidMappings"u8))
                linux = linux with { UidMappings = cursor.List($"{path}.uidMappings", ReadMapping) };
            else if (cursor.Is("gidMappings"u8))
                linux = linux with { GidMappings = cursor.List($"{path}.gidMappings", ReadMapping) };
            else if (cursor.Is("timeOffsets"u8))
                linux = linux with { TimeOffsets = cursor.Map($"{path}.timeOffsets", ReadOffset) };
            else if (cursor.Is("rootfsPropagation"u8))
                linux = linux with { RootfsPropagation = cursor.Text($"{path}.rootfsPropagation") };
            else
                cursor.Skip();
        }
        return linux;
    }

    private static NamespaceSpec ReadNamespace(ref JsonCursor cursor, string path)
    {
        RequireObject(ref cursor, path);
        string? type = null;
        string? file = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("type"u8))
                type = cursor.Text($"{path}.type");
            else if (cursor.Is("path"u8))
                file = cursor.Text($"{path}.path");
            else
                cursor.Skip();
        }
        return new NamespaceSpec { Type = Required(type, $"{path}.type"), Path = file };
    }

    private static IdMapping ReadMapping(ref JsonCursor cursor, string path)
    {
        RequireObject(ref cursor, path);
        uint? inside = null;
        uint? outside = null;
        uint? size = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("containerID"u8))
                inside = cursor.UInt32($"{path}.containerID");
            else if (cursor.Is("hostID"u8))
                outside = cursor.UInt32($"{path}.hostID");
            else if (cursor.Is("size"u8))
                size = cursor.UInt32($"{path}.size");
            else
                cursor.Skip();
        }
        return new IdMapping
        {
            ContainerId = inside ?? throw Missing($"{path}.containerID"),
            HostId = outside ?? throw Missing($"{path}.hostID"),
            Size = size ?? throw Missing($"{path}.size"),
        };
    }

    private static TimeOffset ReadOffset(ref JsonCursor cursor, string path)
    {
        RequireObject(ref cursor, path);
        var offset = new TimeOffset();
        while (cursor.NextMember())
        {
            if (cursor.Is("secs"u8))
                offset = offset with { Secs = cursor.Int64($"{path}.secs") };
            else if (cursor.Is("nanosecs"u8))
                offset = offset with { Nanosecs = cursor.UInt32($"{path}.nanosecs") };
            else
                cursor.Skip();
        }
        return offset;
    }

    private static void RequireObject(ref JsonCursor cursor, string path)
    {
        if (!cursor.BeginObject(path))
            throw new RuntimeSpecException(path, "it is null, not an object");
    }

    private static T Required<T>(T? value, string path)
        where T : class => value ?? throw Missing(path);

    private static RuntimeSpecException Missing(string path) => new(path, "it is missing");
}
