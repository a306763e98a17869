namespace NsTools.Interop.Oci;

/// <summary>Builds a <see cref="RuntimeSpec"/> from JSON, member by member, each in config.md's own name.</summary>
internal static class RuntimeSpecReader
{
    public static RuntimeSpec Read(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            throw new RuntimeSpecException("$", "the config is null, not an object");
        string? version = null;
        ProcessSpec? process = null;
        RootSpec? root = null;
        string? hostname = null;
        string? domainname = null;
        List<MountSpec>? mounts = null;
        HooksSpec? hooks = null;
        Dictionary<string, string>? annotations = null;
        LinuxSpec? linux = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("ociVersion"u8))
                version = cursor.Text();
            else if (cursor.Is("process"u8))
                process = ProcessSpecReader.Read(ref cursor);
            else if (cursor.Is("root"u8))
                root = ReadRoot(ref cursor);
            else if (cursor.Is("hostname"u8))
                hostname = cursor.TextOrNull();
            else if (cursor.Is("domainname"u8))
                domainname = cursor.TextOrNull();
            else if (cursor.Is("mounts"u8))
                mounts = cursor.List(ReadMount);
            else if (cursor.Is("hooks"u8))
                hooks = ReadHooks(ref cursor);
            else if (cursor.Is("annotations"u8))
                annotations = cursor.TextMap();
            else if (cursor.Is("linux"u8))
                linux = LinuxSpecReader.Read(ref cursor);
            else
                cursor.Skip();
        }
        return new RuntimeSpec
        {
            OciVersion = cursor.Required(version, "ociVersion"),
            Process = process,
            Root = root,
            Hostname = hostname,
            Domainname = domainname,
            Mounts = mounts,
            Hooks = hooks,
            Annotations = annotations,
            Linux = linux,
        };
    }

    private static RootSpec? ReadRoot(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        string? path = null;
        bool isReadOnly = false;
        while (cursor.NextMember())
        {
            if (cursor.Is("path"u8))
                path = cursor.Text();
            else if (cursor.Is("readonly"u8))
                isReadOnly = cursor.Flag();
            else
                cursor.Skip();
        }
        return new RootSpec { Path = cursor.Required(path, "path"), Readonly = isReadOnly };
    }

    private static MountSpec ReadMount(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        string? destination = null;
        string? type = null;
        string? source = null;
        List<string>? options = null;
        List<IdMapping>? users = null;
        List<IdMapping>? groups = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("destination"u8))
                destination = cursor.Text();
            else if (cursor.Is("type"u8))
                type = cursor.TextOrNull();
            else if (cursor.Is("source"u8))
                source = cursor.TextOrNull();
            else if (cursor.Is("options"u8))
                options = cursor.Texts();
            else if (cursor.Is("uidMappings"u8))
                users = cursor.List(LinuxSpecReader.ReadMapping);
            else if (cursor.Is("gidMappings"u8))
                groups = cursor.List(LinuxSpecReader.ReadMapping);
            else
                cursor.Skip();
        }
        return new MountSpec
        {
            Destination = cursor.Required(destination, "destination"),
            Type = type,
            Source = source,
            Options = options,
            UidMappings = users,
            GidMappings = groups,
        };
    }

    private static HooksSpec? ReadHooks(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        var hooks = new HooksSpec();
        while (cursor.NextMember())
        {
            if (cursor.Is("prestart"u8))
                hooks = hooks with { Prestart = cursor.List(ReadHook) };
            else if (cursor.Is("createRuntime"u8))
                hooks = hooks with { CreateRuntime = cursor.List(ReadHook) };
            else if (cursor.Is("createContainer"u8))
                hooks = hooks with { CreateContainer = cursor.List(ReadHook) };
            else if (cursor.Is("startContainer"u8))
                hooks = hooks with { StartContainer = cursor.List(ReadHook) };
            else if (cursor.Is("poststart"u8))
                hooks = hooks with { Poststart = cursor.List(ReadHook) };
            else if (cursor.Is("poststop"u8))
                hooks = hooks with { Poststop = cursor.List(ReadHook) };
            else
                cursor.Skip();
        }
        return hooks;
    }

    private static HookSpec ReadHook(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        string? path = null;
        List<string>? args = null;
        List<string>? env = null;
        int? timeout = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("path"u8))
                path = cursor.Text();
            else if (cursor.Is("args"u8))
                args = cursor.Texts();
            else if (cursor.Is("env"u8))
                env = cursor.Texts();
            else if (cursor.Is("timeout"u8))
                timeout = cursor.Int32();
            else
                cursor.Skip();
        }
        return new HookSpec { Path = cursor.Required(path, "path"), Args = args, Env = env, Timeout = timeout };
    }
}
