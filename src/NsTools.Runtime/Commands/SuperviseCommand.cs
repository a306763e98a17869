using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Health;
using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle;
using NsTools.Runtime.Lifecycle.Supervision;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary>
/// <c>nsrun supervise</c>: run with a parent that stays, keeps the output in a log, lets others attach, and records the end.
/// Called by people it detaches; called by NsTools and by itself (descriptor 3 is the answer's) it is that parent.
/// </summary>
internal static class SuperviseCommand
{
    // After the answer's.
    private const int OutputPipe = SupervisedRun.AnswerDescriptor + 1;
    private const int ErrorPipe = OutputPipe + 1;

    private const int MostOlderLogs = 100;

    public static Command Make(IReadOnlyList<string> words) => new(
        new CommandSyntax(
            "supervise",
            "CONTAINER",
            "Runs a container detached: its output goes to a log, 'attach' joins it, and how it ends goes to exit.json beside its state.",
            CreationOptions.With(
                new Option("log-path", "FILE", "the log, by default container.log of the bundle"),
                new Option("log-size", "BYTES", "how large it may become before it is begun anew, by default 16 MiB"),
                new Option("log-count", "N", "how many older ones are kept, as FILE.1 and so on; by default 1"),
                new Option("open-stdin", null, "standard input is what those send who attach; without that it is empty"),
                new Option("wait", null, "only make the container: 'start' executes its program"),
                new Option("network-record", "FILE", "names the process that is its network helper, which is ended with it"),
                new Option("health-plan", "FILE", "what is to be checked while it runs; what comes of it goes to health.json beside its state"),
                new Option("restart", "POLICY", "when it is started again: no (the default), on-failure[:N], always or unless-stopped; a file 'stop' in the bundle forbids it"),
                new Option("supervisor", null, "be the supervisor: for nsrun's own use, as are all that follow"),
                new Option("pipes", null, "descriptor 0 is the program's standard input; 4 and 5 get its output, too"),
                new Option("restarts", "N", "how often it was started again"),
                new Option("restart-pause", "MS", "how long was waited before")))
        {
            Minimum = 1,
            Maximum = 1,
        },
        (global, arguments) => Run(global, arguments, words));

    private static int Run(GlobalOptions global, Arguments arguments, IReadOnlyList<string> words)
    {
        CreateRequest request = CreationOptions.Read(global, arguments) with { IsDetached = false, WaitsForStart = arguments.Has("wait") };
        SupervisionRequest supervision = Read(global, arguments, request);
        if (!arguments.Has("supervisor"))
            return SupervisedRun.Detach(words);
        if (fcntl(SupervisedRun.AnswerDescriptor, F_GETFD) < 0)
            throw new UsageException("supervise: option '--supervisor' is for nsrun's own use");
        return SupervisedRun.Run(global.Store, request, supervision);
    }

    private static SupervisionRequest Read(GlobalOptions global, Arguments arguments, CreateRequest request)
    {
        string log = arguments.FilePath("log-path") ?? Path.Combine(request.Bundle, "container.log");
        int size = arguments.Number("log-size", 1, int.MaxValue) ?? ContainerLog.UsualSize;
        int count = arguments.Number("log-count", 0, MostOlderLogs) ?? 1;
        bool keepsInput = arguments.Has("open-stdin");
        return new SupervisionRequest
        {
            LogFile = log,
            LogLimit = (size, count),
            KeepsInput = keepsInput,
            NetworkRecord = arguments.FilePath("network-record"),
            HealthPlan = HealthPlanOf(arguments),
            Pipes = arguments.Has("pipes") ? (OutputPipe, ErrorPipe) : null,
            Restart = RestartPolicy.Parse(arguments["restart"]) is not { } policy ? null : new ContainerRestart
            {
                Policy = policy,
                Count = arguments.Number("restarts", 0, int.MaxValue) ?? 0,
                PauseMilliseconds = arguments.Number("restart-pause", 0, int.MaxValue) ?? 0,
                Bundle = request.Bundle,
                Words =
                [
                    "--root", Path.GetFullPath(global.Store.Directory), "--cgroup-manager", Word(request.CgroupManager), "--rootless", request.IsRootless ? "true" : "false",
                    "supervise", "--supervisor", "--bundle", request.Bundle, "--config", request.Config,
                    "--log-path", log, "--log-size", $"{size}", "--log-count", $"{count}", "--restart", policy.Text,
                    .. request.PidFile is { } file ? (string[])["--pid-file", file] : [],
                    .. arguments.FilePath("network-record") is { } record ? (string[])["--network-record", record] : [],
                    .. arguments.FilePath("health-plan") is { } plan ? (string[])["--health-plan", plan] : [],
                    .. keepsInput ? (string[])["--open-stdin"] : [],
                    .. request.NoPivot ? (string[])["--no-pivot"] : [],
                    .. request.NoNewKeyring ? (string[])["--no-new-keyring"] : [],
                ],
            },
        };
    }

    // Told before there is a container that could not be checked.
    private static string? HealthPlanOf(Arguments arguments)
    {
        string? file = arguments.FilePath("health-plan");
        if (file is not null)
            _ = HealthPlan.Read(file);
        return file;
    }

    private static string Word(CgroupManager manager) => manager switch
    {
        CgroupManager.Systemd => "systemd",
        CgroupManager.Disabled => "disabled",
        _ => "cgroupfs",
    };
}
