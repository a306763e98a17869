using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle;

namespace NsTools.Runtime.Commands;

/// <summary>What <c>create</c> and <c>run</c> have in common.</summary>
internal static class CreationOptions
{
    private const int MostDescriptors = 1024;

    /// <summary>Their options.</summary>
    public static Option[] With(params Option[] more) =>
    [
        new("bundle", "DIR", "the bundle, by default the working directory", 'b'),
        new("config", "FILE", "the config, by default config.json of the bundle", 'f'),
        new("console-socket", "SOCKET", "a Unix socket that gets the master of the terminal"),
        new("pid-file", "FILE", "the file that gets the ID of the container's process"),
        new("preserve-fds", "N", "pass N descriptors more to the program, after $LISTEN_FDS"),
        new("no-pivot", null, "do not use pivot_root, which a root on a ramdisk cannot have"),
        new("no-new-keyring", null, "keep the caller's session keyring"),
        new("no-subreaper", null, "accepted for runc's sake: nsrun never becomes a subreaper here"),
        .. more,
    ];

    /// <summary>The request that they make.</summary>
    public static CreateRequest Read(GlobalOptions global, Arguments arguments) => new()
    {
        Id = arguments.Operands[0],
        Bundle = arguments.FilePath("bundle") ?? Directory.GetCurrentDirectory(),
        Config = arguments["config"] ?? "config.json",
        CgroupManager = global.CgroupManager,
        IsRootless = global.IsRootless,
        ConsoleSocket = arguments.FilePath("console-socket"),
        PidFile = arguments.FilePath("pid-file"),
        PreserveDescriptors = arguments.Number("preserve-fds", 0, MostDescriptors) ?? 0,
        NoPivot = arguments.Has("no-pivot"),
        NoNewKeyring = arguments.Has("no-new-keyring"),
    };
}
