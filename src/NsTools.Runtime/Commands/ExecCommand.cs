using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun exec</c>.</summary>
internal static class ExecCommand
{
    // As runc: what exec itself could not do is told apart from what a program usually ends with.
    private const int FailureCode = 255;

    private const int MostDescriptors = 1024;

    public static Command Command => new(
        new CommandSyntax(
            "exec",
            "CONTAINER [PROGRAM [ARGUMENT...]]",
            "Executes another program in a container. Ends with its exit code, 128 + the signal that killed it, 255 when it could not be started.",
            new Option("process", "FILE", "the process as JSON, instead of PROGRAM", 'p'),
            new Option("detach", null, "do not wait for the program", 'd'),
            new Option("tty", null, "on a terminal of its own", 't'),
            new Option("cwd", "DIR", "its working directory"),
            new Option("env", "NAME=VALUE", "a variable beside the container's; may be repeated", 'e'),
            new Option("user", "UID[:GID]", "its user and group", 'u'),
            new Option("additional-gids", "GID", "a supplementary group; may be repeated", 'g'),
            new Option("cap", "NAME", "a capability beside the container's; may be repeated", 'c'),
            new Option("no-new-privs", null, "set no_new_privs"),
            new Option("apparmor", "PROFILE", "its AppArmor profile"),
            new Option("process-label", "LABEL", "its SELinux label"),
            new Option("cgroup", "PATH", "an existing cgroup beneath the container's: [CONTROLLERS:]PATH; may be repeated"),
            new Option("console-socket", "SOCKET", "a Unix socket that gets the master of the terminal"),
            new Option("pid-file", "FILE", "the file that gets the ID of the process"),
            new Option("preserve-fds", "N", "pass N descriptors more to the program, after $LISTEN_FDS"),
            new Option("ignore-paused", null, "in a paused container, too"))
        {
            Minimum = 1,
            EndsOptions = 1,
        },
        Run);

    private static int Run(GlobalOptions global, Arguments arguments)
    {
        ExecRequest request = Read(arguments);
        try
        {
            using ForwardedSignals signals = new(request.IsDetached);
            (int pid, SafeFileHandle? terminal) = ContainerExec.Run(global.Store, request with { Interruption = signals.Interruption });
            signals.EndMaking();
            return request.IsDetached ? 0 : ForegroundMonitor.Wait(pid, signals, terminal);
        }
        catch (Exception exception) when (exception is not (UsageException or InterruptedException))
        {
            _ = RuntimeLog.Error($"exec failed: {exception.Message}");
            return FailureCode;
        }
    }

    private static ExecRequest Read(Arguments arguments)
    {
        string? file = arguments.FilePath("process");
        List<string> program = [.. arguments.Operands.Skip(1)];
        if (file is null && program.Count == 0)
            throw new UsageException("exec: neither a program nor --process is given");
        if (file is not null && program.Count > 0)
            throw new UsageException("exec: both a program and --process are given");
        return new ExecRequest
        {
            Id = arguments.Operands[0],
            ProcessFile = file,
            Arguments = program,
            Directory = arguments["cwd"],
            Environment = arguments.All("env"),
            HasTerminal = arguments.Switch("tty"),
            User = arguments["user"] is { } user ? User(user) : null,
            Groups = [.. arguments.All("additional-gids").SelectMany(text => text.Split(',')).Select(text => Id(text, "--additional-gids"))],
            Capabilities = [.. arguments.All("cap").Select(Capability)],
            NoNewPrivileges = arguments.Switch("no-new-privs"),
            ApparmorProfile = arguments["apparmor"],
            ProcessLabel = arguments["process-label"],
            Cgroups = arguments.All("cgroup"),
            IsDetached = arguments.Has("detach"),
            IgnoresPause = arguments.Has("ignore-paused"),
            ConsoleSocket = arguments.FilePath("console-socket"),
            PidFile = arguments.FilePath("pid-file"),
            PreserveDescriptors = arguments.Number("preserve-fds", 0, MostDescriptors) ?? 0,
        };
    }

    private static (uint User, uint? Group) User(string text)
    {
        string[] parts = text.Split(':', 2);
        return (Id(parts[0], "--user"), parts.Length > 1 ? Id(parts[1], "--user") : null);
    }

    private static uint Id(string text, string option) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id)
            ? id
            : throw new UsageException($"exec: option '{option}' is of numbers, '{text}' is none");

    private static string Capability(string text)
    {
        string name = text.ToUpperInvariant();
        return name.StartsWith("CAP_", StringComparison.Ordinal) ? name : $"CAP_{name}";
    }
}
