namespace NsTools.Interop.Processes;

/// <summary>What the launcher and <c>nsrun launch</c> agree on: descriptor numbers, message kinds.</summary>
internal static class LaunchProtocol
{
    /// <summary>A memfd with the config's JSON.</summary>
    public const int ConfigDescriptor = 3;

    /// <summary>
    /// <c>nsrun</c>'s end of a sequenced-packet socket pair: reports go out on it, commands come in, and its
    /// hang-up tells that the launcher has died.
    /// </summary>
    public const int ReportDescriptor = 4;

    /// <summary>Command, one byte: kill the process and whatever it has left behind.</summary>
    public const byte KillCommand = (byte)'K';

    /// <summary>Command, one byte: the holder has been written down and may outlive its launcher.</summary>
    public const byte ReleaseCommand = (byte)'R';

    /// <summary>
    /// Signals that <c>nsrun</c> takes from a descriptor rather than a handler. They are blocked before it starts,
    /// so that every thread of the .NET runtime inherits the mask: a signal that found one thread unblocked would
    /// end the monitor with the terminal still raw. Blocked SIGTTOU also lets it set a terminal's modes whoever has
    /// the foreground. Synchronous faults and the runtime's own real-time signals stay open.
    /// </summary>
    public static readonly int[] BlockedSignals =
    [
        Signals.Hangup, Signals.Interrupt, Signals.Quit, Signals.User1, Signals.User2, Signals.Alarm,
        Signals.Terminate, Signals.Child, Signals.TerminalStop, Signals.TerminalInput, Signals.TerminalOutput,
        Signals.WindowChange,
    ];
}

/// <summary>How the launch names its mode on <c>nsrun</c>'s command line.</summary>
internal static class LaunchModes
{
    /// <summary>The word for a mode.</summary>
    public static string Word(LaunchMode mode) => mode switch
    {
        LaunchMode.Terminal => "terminal",
        LaunchMode.Holder => "holder",
        _ => "attached",
    };

    /// <summary>The mode for a word; null for an unknown one.</summary>
    public static LaunchMode? Parse(string word) => word switch
    {
        "attached" => LaunchMode.Attached,
        "terminal" => LaunchMode.Terminal,
        "holder" => LaunchMode.Holder,
        _ => null,
    };
}
