using NsTools.Interop.Oci;
using NsTools.Runtime.Lifecycle;

namespace NsTools.Runtime.Init;

/// <summary>What happens in the inner stage between the steps of setting up: hooks, and the wait for <c>nsrun start</c>.</summary>
internal static class InnerHooks
{
    // The inner stage sets up one container in its life.
    private static IReadOnlyList<HookSpec>? s_startContainer;
    private static byte[] s_stateAtStart = [];

    /// <summary>
    /// All is mounted, the root not entered (runtime.md, "Lifecycle", 3 to 5): the outer stage runs the hooks of the
    /// runtime's namespaces, and tells the container's state; those of the container's namespaces run here, where the
    /// host's files are still there for them.
    /// </summary>
    /// <param name="spec">The config.</param>
    /// <exception cref="RuntimeSpecException">A hook has failed.</exception>
    public static void BeforePivot(RuntimeSpec spec)
    {
        if (spec.Hooks is not { } hooks || (hooks.Prestart ?? hooks.CreateRuntime ?? hooks.CreateContainer ?? hooks.StartContainer) is null)
            return;
        (byte[] state, s_stateAtStart) = StageProtocol.RunRuntimeHooks();
        s_startContainer = hooks.StartContainer;
        HookRunner.Run(hooks.CreateContainer, "createContainer", state);
    }

    /// <summary>
    /// All is set up but for what the program alone shall have. <c>create</c> ends here (runtime.md, "Lifecycle", 6 to 8);
    /// the hooks inside the container are a part of <c>start</c>.
    /// </summary>
    /// <param name="options">What the outer stage says.</param>
    /// <exception cref="RuntimeSpecException">A hook has failed.</exception>
    public static void BeforeExecution(StageOptions options)
    {
        PhaseTrace.Mark("program");
        if (options.WaitsForStart)
            StageProtocol.WaitForStart();
        HookRunner.Run(s_startContainer, "startContainer", s_stateAtStart);
    }

    /// <summary>The program's environment: the config's, and what tells it of sockets that it gets (<c>sd_listen_fds(3)</c>).</summary>
    /// <param name="process">What is to be executed.</param>
    /// <param name="options">What the outer stage says.</param>
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
