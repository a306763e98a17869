using NsTools.Interop.Cgroups.Systemd;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Init;
using NsTools.Runtime.Lifecycle;
using NsTools.Runtime.Lifecycle.Supervision;

namespace NsTools.Runtime.Commands;

/// <summary>Finds the command that the arguments name.</summary>
internal static class CommandLine
{
    /// <summary>The commands for people and engines.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["create", "start", "run", "supervise", "attach", "exec", "kill", "delete", "state", "list", "ps", "pause", "resume", "update", "spec", "features"];

    /// <summary>Runs the command.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments) => arguments switch
    {
        // Between NsTools and its own processes.
        ["launch", string mode] => LaunchCommand.Run(mode),
        ["init", string mode, .. string[] flags] => InitCommand.Run(mode, flags),
        ["hold", string, .. string[] flags] => InitCommand.RunHolder(flags),
        ["supervisor", _, ..] => Supervisor.Run(arguments),
        ["check-health", string root, string id, string plan, string index] => HealthCommand.Check(root, id, plan, index),
        ["probe", string plan, string index] => HealthCommand.Probe(plan, index),
        ["reap", _, ..] => InitProcess.Run(arguments[1..]),
        ["own"] => OwnCommand.Run(),
        ["network"] => NetworkCommand.Run(),
        ["remove-tree", string name] => RemoveTreeCommand.Run(name),
        ["join-network", .. string[] plan] => NetworkHelperCommand.Join(plan),
        ["leave-network", string record] => NetworkHelperCommand.Leave(record),
        _ => RunRuntime(arguments),
    };

    private static int RunRuntime(string[] words)
    {
        try
        {
            Arguments global = GlobalOptions.Syntax.Parse(FirstWords(words, out int next));
            RuntimeLog.Configure(global);
            if (global.Has("version"))
                return VersionCommand.Run();
            if (global.Has("help") || global.Operands is ["help"])
                return Print(GlobalOptions.Syntax.Describe());
            if (global.Operands.Count == 0)
                throw new UsageException($"no command: it is one of {string.Join(", ", Names)}; 'nsrun --help' tells more");
            string name = global.Operands[0];
            Command command = Find(name, words, next) ?? throw new UsageException($"unknown command '{name}': it is one of {string.Join(", ", Names)}");
            Arguments arguments = command.Syntax.Parse(words.AsSpan(next));
            return arguments.Has("help") ? Print(command.Syntax.Describe()) : command.Run(GlobalOptions.From(global), arguments);
        }
        catch (InterruptedException interrupted)
        {
            _ = RuntimeLog.Error(interrupted.Message);
            return interrupted.ExitCode;
        }
        catch (Exception exception) when (exception is UsageException or ContainerException or SyscallException or RuntimeSpecException)
        {
            return RuntimeLog.Error(exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DBusException)
        {
            return RuntimeLog.Error(exception.Message);
        }
        catch (Exception exception)
        {
            // A defect; the type's name is all that a build without stack traces can add. One line, not an abort.
            return RuntimeLog.Error($"{exception.GetType().Name}: {exception.Message}");
        }
    }

    private static Command? Find(string name, string[] words, int next) => name switch
    {
        "create" => CreateCommand.Command,
        "start" => StartCommand.Command,
        "run" => RunCommand.Command,
        "exec" => ExecCommand.Command,
        "kill" => KillCommand.Command,
        "delete" => DeleteCommand.Command,
        "state" => StateCommand.Command,
        "list" => ListCommand.Command,
        "ps" => PsCommand.Command,
        "pause" => PauseCommand.Pause,
        "resume" => PauseCommand.Resume,
        "supervise" => SuperviseCommand.Make([.. words[..next], "--supervisor", .. words[next..]]),
        "attach" => AttachCommand.Command,
        "update" => UpdateCommand.Command,
        "spec" => SpecCommand.Command,
        "features" => FeaturesCommand.Command,
        _ => null,
    };

    // Up to and with the command, whose own options are of another syntax.
    private static ReadOnlySpan<string> FirstWords(string[] words, out int next)
    {
        for (next = 0; next < words.Length; next++)
        {
            if (words[next].Length == 0 || words[next][0] != '-')
            {
                next++;
                break;
            }
            if (words[next] == "--")
                continue;
            string name = words[next].TrimStart('-');
            if (!name.Contains('=', StringComparison.Ordinal) && Array.Exists(GlobalOptions.Syntax.Options, option => option.Name == name && option.Value is not null))
                next++;
        }
        next = Math.Min(next, words.Length);
        return words.AsSpan(0, next);
    }

    private static int Print(string text)
    {
        StandardStream.WriteOutput(text);
        return 0;
    }
}
