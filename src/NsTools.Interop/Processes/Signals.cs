namespace NsTools.Interop.Processes;

/// <summary>Signal numbers, the same on x86-64 and arm64 (<c>signal(7)</c>).</summary>
public static class Signals
{
    /// <summary><c>SIGHUP</c>.</summary>
    public const int Hangup = 1;

    /// <summary><c>SIGINT</c>.</summary>
    public const int Interrupt = 2;

    /// <summary><c>SIGQUIT</c>.</summary>
    public const int Quit = 3;

    /// <summary><c>SIGKILL</c>.</summary>
    public const int Kill = 9;

    /// <summary><c>SIGUSR1</c>.</summary>
    public const int User1 = 10;

    /// <summary><c>SIGUSR2</c>.</summary>
    public const int User2 = 12;

    /// <summary><c>SIGALRM</c>.</summary>
    public const int Alarm = 14;

    /// <summary><c>SIGTERM</c>.</summary>
    public const int Terminate = 15;

    /// <summary><c>SIGCHLD</c>.</summary>
    public const int Child = 17;

    /// <summary><c>SIGCONT</c>.</summary>
    public const int Continue = 18;

    /// <summary><c>SIGTSTP</c>.</summary>
    public const int TerminalStop = 20;

    /// <summary><c>SIGTTIN</c>.</summary>
    public const int TerminalInput = 21;

    /// <summary><c>SIGTTOU</c>.</summary>
    public const int TerminalOutput = 22;

    /// <summary><c>SIGWINCH</c>.</summary>
    public const int WindowChange = 28;

    /// <summary>The highest signal number, <c>_NSIG</c>.</summary>
    public const int Last = 64;
}
