using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>Signals by process ID (<c>kill(2)</c>), for processes that are no children and have no descriptor.</summary>
public static class ProcessSignal
{
    /// <summary>Sends a signal.</summary>
    /// <param name="processId">The process, positive.</param>
    /// <param name="signal">The signal's number.</param>
    /// <returns>False when there is no such process any more.</returns>
    /// <exception cref="SyscallException"><c>EPERM</c>.</exception>
    public static bool TrySend(int processId, int signal)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(processId);
        if (kill(processId, signal) == 0)
            return true;
        return errno == ESRCH ? false : throw SyscallException.FromLastError("kill", ControlNumber(processId));
    }

    private static string ControlNumber(int processId) => processId.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
