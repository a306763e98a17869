using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>Waiting for child processes (<c>wait4(2)</c>), which Tmds.LibC does not bind.</summary>
internal static unsafe class ChildProcess
{
    /// <summary><c>WNOHANG</c>.</summary>
    public const int NoHang = 1;

    // linux/wait.h: __WALL, children of any exit signal.
    private const int All = 0x40000000;
    private const int Exited = 4;
    private const int NoWait = 0x01000000;
    private const int ByProcessId = 1;

    /// <summary>Waits for one child to end.</summary>
    /// <param name="pid">Its process ID.</param>
    /// <returns>How it ended; null when somebody else has reaped it (a caller that ignores SIGCHLD).</returns>
    public static ProcessExit? Wait(int pid) =>
        TryReap(pid, 0, out int status) == pid ? ProcessExit.FromWaitStatus(status) : null;

    /// <summary>True for a child of the calling process that has not been reaped yet.</summary>
    /// <param name="pid">A process ID.</param>
    public static bool IsOwn(int pid) =>
        pid > 0 && (int)syscall(SyscallNumber.WaitId, ByProcessId, pid, null, Exited | NoHang | NoWait | All, null) == 0;

    /// <summary>Reaps a child.</summary>
    /// <param name="pid">Its process ID; -1 for any.</param>
    /// <param name="options">0 or <see cref="NoHang"/>.</param>
    /// <param name="status">How it ended.</param>
    /// <returns>The child's process ID; 0 when none has ended; -1 when there is none.</returns>
    public static int TryReap(int pid, int options, out int status)
    {
        int result;
        fixed (int* pointer = &status)
        {
            do
            {
                result = (int)syscall(SyscallNumber.Wait4, pid, pointer, options | All, null);
            }
            while (result < 0 && errno == EINTR);
        }
        return result;
    }
}
