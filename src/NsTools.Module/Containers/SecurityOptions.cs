using NsTools.Interop.Processes;

namespace NsTools.Module.Containers;

/// <summary>Reads the words of <c>-SecurityOption</c> and <c>-StopSignal</c>.</summary>
internal static class SecurityOptions
{
    private const string NoNewPrivileges = "no-new-privileges";
    private const string Unconfined = "seccomp=unconfined";

    /// <summary>Whether no_new_privs is off.</summary>
    public static bool AllowsNewPrivileges(string[] options) => Checked(options).Contains($"{NoNewPrivileges}=false");

    /// <summary>Whether there is no system call filter.</summary>
    public static bool HasNoSystemCallFilter(string[] options) => Checked(options).Contains(Unconfined);

    /// <summary>The number of a signal.</summary>
    public static int Signal(string text) => SignalName.Parse(text)
        ?? throw new NsToolsException(FailureKind.InvalidArgument, "InvalidSignal", $"'{text}' is no signal.", "Give a name, such as TERM or SIGINT, or a number.");

    private static string[] Checked(string[] options) => Array.Find(options, o => o is not (NoNewPrivileges or NoNewPrivileges + "=true" or NoNewPrivileges + "=false" or Unconfined)) is { } unknown
        ? throw new NsToolsException(FailureKind.InvalidArgument, "InvalidSecurityOption", $"'{unknown}' is no security option.", $"There are {NoNewPrivileges}, {NoNewPrivileges}=false and {Unconfined}.")
        : options;
}
