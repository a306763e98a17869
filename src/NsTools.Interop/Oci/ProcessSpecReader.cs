namespace NsTools.Interop.Oci;

/// <summary>Builds a <see cref="ProcessSpec"/> from JSON (config.md, "Process").</summary>
internal static class ProcessSpecReader
{
    public static ProcessSpec? Read(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        List<string>? args = null;
        List<string>? env = null;
        string? cwd = null;
        UserSpec? user = null;
        bool terminal = false;
        ConsoleSizeSpec? consoleSize = null;
        bool noNewPrivileges = false;
        CapabilitiesSpec? capabilities = null;
        List<RlimitSpec>? rlimits = null;
        string? apparmorProfile = null;
        string? selinuxLabel = null;
        int? oomScoreAdj = null;
        SchedulerSpec? scheduler = null;
        IoPrioritySpec? ioPriority = null;
        CpuAffinitySpec? affinity = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("args"u8))
                args = cursor.Texts();
            else if (cursor.Is("env"u8))
                env = cursor.Texts();
            else if (cursor.Is("cwd"u8))
                cwd = cursor.Text();
            else if (cursor.Is("user"u8))
                user = ReadUser(ref cursor);
            else if (cursor.Is("terminal"u8))
                terminal = cursor.Flag();
            else if (cursor.Is("consoleSize"u8))
                consoleSize = ReadConsoleSize(ref cursor);
            else if (cursor.Is("noNewPrivileges"u8))
                noNewPrivileges = cursor.Flag();
            else if (cursor.Is("capabilities"u8))
                capabilities = ReadCapabilities(ref cursor);
            else if (cursor.Is("rlimits"u8))
                rlimits = cursor.List(ReadRlimit);
            else if (cursor.Is("apparmorProfile"u8))
                apparmorProfile = cursor.TextOrNull();
            else if (cursor.Is("selinuxLabel"u8))
                selinuxLabel = cursor.TextOrNull();
            else if (cursor.Is("oomScoreAdj"u8))
                oomScoreAdj = cursor.Int32();
            else if (cursor.Is("scheduler"u8))
                scheduler = ReadScheduler(ref cursor);
            else if (cursor.Is("ioPriority"u8))
                ioPriority = ReadIoPriority(ref cursor);
            else if (cursor.Is("execCPUAffinity"u8))
                affinity = ReadAffinity(ref cursor);
            else
                cursor.Skip();
        }
        return new ProcessSpec
        {
            // Not needed before the program is started; the validator asks for them then.
            Args = args ?? [],
            Env = env,
            Cwd = cursor.Required(cwd, "cwd"),
            User = user ?? new UserSpec(),
            Terminal = terminal,
            ConsoleSize = consoleSize,
            NoNewPrivileges = noNewPrivileges,
            Capabilities = capabilities,
            Rlimits = rlimits,
            ApparmorProfile = apparmorProfile,
            SelinuxLabel = selinuxLabel,
            OomScoreAdj = oomScoreAdj,
            Scheduler = scheduler,
            IoPriority = ioPriority,
            ExecCpuAffinity = affinity,
        };
    }

    private static UserSpec? ReadUser(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        uint uid = 0;
        uint gid = 0;
        uint? umask = null;
        List<uint>? groups = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("uid"u8))
                uid = cursor.UInt32() ?? 0;
            else if (cursor.Is("gid"u8))
                gid = cursor.UInt32() ?? 0;
            else if (cursor.Is("umask"u8))
                umask = cursor.UInt32();
            else if (cursor.Is("additionalGids"u8))
                groups = cursor.List(static (ref JsonCursor c) => c.RequiredUInt32());
            else
                cursor.Skip();
        }
        return new UserSpec { Uid = uid, Gid = gid, Umask = umask, AdditionalGids = groups };
    }

    private static ConsoleSizeSpec? ReadConsoleSize(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        uint? height = null;
        uint? width = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("height"u8))
                height = cursor.UInt32();
            else if (cursor.Is("width"u8))
                width = cursor.UInt32();
            else
                cursor.Skip();
        }
        return new ConsoleSizeSpec { Height = cursor.Required(height, "height"), Width = cursor.Required(width, "width") };
    }

    private static CapabilitiesSpec? ReadCapabilities(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        List<string>? bounding = null;
        List<string>? effective = null;
        List<string>? inheritable = null;
        List<string>? permitted = null;
        List<string>? ambient = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("bounding"u8))
                bounding = cursor.Texts();
            else if (cursor.Is("effective"u8))
                effective = cursor.Texts();
            else if (cursor.Is("inheritable"u8))
                inheritable = cursor.Texts();
            else if (cursor.Is("permitted"u8))
                permitted = cursor.Texts();
            else if (cursor.Is("ambient"u8))
                ambient = cursor.Texts();
            else
                cursor.Skip();
        }
        return new CapabilitiesSpec
        {
            Bounding = bounding,
            Effective = effective,
            Inheritable = inheritable,
            Permitted = permitted,
            Ambient = ambient,
        };
    }

    private static RlimitSpec ReadRlimit(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        string? type = null;
        ulong? soft = null;
        ulong? hard = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("type"u8))
                type = cursor.Text();
            else if (cursor.Is("soft"u8))
                soft = cursor.UInt64();
            else if (cursor.Is("hard"u8))
                hard = cursor.UInt64();
            else
                cursor.Skip();
        }
        return new RlimitSpec
        {
            Type = cursor.Required(type, "type"),
            Soft = cursor.Required(soft, "soft"),
            Hard = cursor.Required(hard, "hard"),
        };
    }

    private static SchedulerSpec? ReadScheduler(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        string? policy = null;
        int nice = 0;
        int priority = 0;
        List<string>? flags = null;
        ulong runtime = 0;
        ulong deadline = 0;
        ulong period = 0;
        while (cursor.NextMember())
        {
            if (cursor.Is("policy"u8))
                policy = cursor.Text();
            else if (cursor.Is("nice"u8))
                nice = cursor.Int32() ?? 0;
            else if (cursor.Is("priority"u8))
                priority = cursor.Int32() ?? 0;
            else if (cursor.Is("flags"u8))
                flags = cursor.Texts();
            else if (cursor.Is("runtime"u8))
                runtime = cursor.UInt64() ?? 0;
            else if (cursor.Is("deadline"u8))
                deadline = cursor.UInt64() ?? 0;
            else if (cursor.Is("period"u8))
                period = cursor.UInt64() ?? 0;
            else
                cursor.Skip();
        }
        return new SchedulerSpec
        {
            Policy = cursor.Required(policy, "policy"),
            Nice = nice,
            Priority = priority,
            Flags = flags,
            Runtime = runtime,
            Deadline = deadline,
            Period = period,
        };
    }

    private static IoPrioritySpec? ReadIoPriority(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        string? name = null;
        int? priority = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("class"u8))
                name = cursor.Text();
            else if (cursor.Is("priority"u8))
                priority = cursor.Int32();
            else
                cursor.Skip();
        }
        return new IoPrioritySpec { Class = cursor.Required(name, "class"), Priority = cursor.Required(priority, "priority") };
    }

    private static CpuAffinitySpec? ReadAffinity(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        string? initial = null;
        string? final = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("initial"u8))
                initial = cursor.TextOrNull();
            else if (cursor.Is("final"u8))
                final = cursor.TextOrNull();
            else
                cursor.Skip();
        }
        return new CpuAffinitySpec { Initial = initial, Final = final };
    }
}
