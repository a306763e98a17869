using NsTools.Interop.Oci;
using NsTools.Runtime.Lifecycle;

namespace NsTools.Runtime.Init;

/// <summary>What happens in the inner stage between the steps of setting up: hooks, and the wait for <c>nsrun start</c>.</summary>
internal static class InnerHooks
{
    /// <summary>All is mounted, the root not entered (config.md, "createRuntime Hooks", "createContainer Hooks").</summary>
    public static void BeforePivot(RuntimeSpec spec)
    {
        if (spec.Hooks is { Prestart: not null } or { CreateRuntime: not null })
            StageProtocol.RunRuntimeHooks();
    }

    /// <summary>All is set up but for what the program alone shall have; <c>create</c> ends here (runtime.md, "Lifecycle").</summary>
    public static void BeforeExecution(StageOptions options)
    {
        if (options.WaitsForStart)
            StageProtocol.WaitForStart();
    }

    /// <summary>The program's environment: the config's, and what tells it of sockets that it gets (<c>sd_listen_fds(3)</c>).</summary>
    public static IReadOnlyList<string> Environment(ProcessSpec process, StageOptions options)
    {
        IReadOnlyList<string> configured = process.Env ?? [];
        if (options.IsDetached)
            configured = HomeDirectory.AddTo(configured, process.User.Uid);
        return options.Listening == 0
            ? configured
            : [.. configured, $"LISTEN_FDS={options.Listening}", $"LISTEN_PID={System.Environment.ProcessId}"];
    }
}
