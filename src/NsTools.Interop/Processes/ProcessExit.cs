namespace NsTools.Interop.Processes;

/// <summary>How a process ended (<c>wait(2)</c>).</summary>
/// <param name="ExitCode">The exit code, 0 to 255; for a process killed by a signal 128 + the signal, as a shell has it.</param>
/// <param name="Signal">The signal number that killed it; 0 when it exited by itself.</param>
public readonly record struct ProcessExit(int ExitCode, int Signal)
{
    /// <summary>Reads a status as <c>wait(2)</c> gives it.</summary>
    /// <param name="status">The status of a process that has ended.</param>
    public static ProcessExit FromWaitStatus(int status)
    {
        int signal = status & 0x7f;
        return signal == 0 ? new((status >> 8) & 0xff, 0) : new(128 + signal, signal);
    }
}
