namespace NsTools.Interop.Processes;

/// <summary>How a process ended (<c>wait(2)</c>).</summary>
/// <param name="ExitCode">The exit code, 0 to 255; for a process killed by a signal 128 + the signal, as a shell has it.</param>
/// <param name="Signal">The signal number that killed it; 0 when it exited by itself.</param>
public readonly record struct ProcessExit(int ExitCode, int Signal);
