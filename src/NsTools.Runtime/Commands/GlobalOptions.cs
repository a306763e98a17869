using NsTools.Interop.Cgroups.Containers;
using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle.State;

namespace NsTools.Runtime.Commands;

/// <summary>What stands before the command.</summary>
internal sealed record GlobalOptions
{
    private string? _root;

    /// <summary>Which options there are.</summary>
    public static CommandSyntax Syntax => new(
        "",
        "COMMAND [OPTION...]",
        $"Runs containers as the OCI runtime specification has them. Commands: {string.Join(", ", CommandLine.Names)}.\n'nsrun COMMAND --help' tells more.",
        new Option("root", "DIR", "where the state of containers is kept"),
        new Option("log", "FILE", "also write errors and warnings to this file"),
        new Option("log-format", "FORMAT", "of that file: text (the default) or json"),
        new Option("debug", null, "write more to it"),
        new Option("cgroup-manager", "MANAGER", "who makes cgroups: cgroupfs (the default), systemd or disabled"),
        new Option("systemd-cgroup", null, "the same as --cgroup-manager=systemd"),
        new Option("rootless", "VALUE", "true, false or auto (the default): pass over cgroups that may not be used"),
        new Option("version", null, "print the version", 'v'))
    {
        EndsOptions = 1,
    };

    /// <summary>The containers under <c>--root</c>.</summary>
    /// <exception cref="UsageException">There is no such place for this user, and none was given; not every command needs one.</exception>
    public ContainerStore Store => new(_root ?? Caller.DefaultRoot);

    /// <summary>Who makes cgroups.</summary>
    public required CgroupManager CgroupManager { get; init; }

    /// <summary>True when the caller is not root on the host.</summary>
    public required bool IsRootless { get; init; }

    /// <summary>Reads them.</summary>
    /// <exception cref="UsageException">A value is none of those it can be.</exception>
    public static GlobalOptions From(Arguments arguments)
    {
        bool isRootless = arguments["rootless"] switch
        {
            null or "auto" => Caller.IsRootless,
            "true" => true,
            "false" => false,
            string other => throw new UsageException($"option '--rootless' is true, false or auto, not '{other}'"),
        };
        return new GlobalOptions
        {
            _root = arguments.FilePath("root"),
            CgroupManager = Manager(arguments),
            IsRootless = isRootless,
        };
    }

    private static CgroupManager Manager(Arguments arguments) => arguments["cgroup-manager"] switch
    {
        "systemd" => CgroupManager.Systemd,
        "disabled" => CgroupManager.Disabled,
        null or "cgroupfs" => arguments.Has("systemd-cgroup") ? CgroupManager.Systemd : CgroupManager.CgroupFs,
        string other => throw new UsageException($"option '--cgroup-manager' is cgroupfs, systemd or disabled, not '{other}'"),
    };
}
