using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Namespaces;

/// <summary>Ends processes: all are asked, then each is waited for, and what does not end in time is killed.</summary>
internal sealed class ProcessEnding : IDisposable
{
    // nsrun ends at once on SIGTERM; one that does not is stopped or stuck.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private readonly List<(string Set, int ProcessId, SafeFileHandle Process)> _asked = [];

    /// <summary>Asks a process to end; one that has ended, even if its number is another's by now, is nothing to do.</summary>
    /// <param name="set">The set that it stands in the way of.</param>
    /// <param name="identity">The process.</param>
    /// <exception cref="SyscallException">It may not be signalled.</exception>
    public void Begin(string set, ProcessIdentity identity)
    {
        if (ProcessDescriptor.Open(identity) is not { } process)
            return;
        _asked.Add((set, identity.ProcessId, process));
        ProcessDescriptor.Signal(process, LibC.SIGTERM);
        // A stopped process takes SIGTERM only when it goes on.
        ProcessDescriptor.Signal(process, LibC.SIGCONT);
    }

    /// <summary>Waits for all.</summary>
    /// <returns>The sets of those that did not end, and why.</returns>
    public IReadOnlyList<(string Set, Exception Failure)> Finish()
    {
        List<(string, Exception)> failures = [];
        List<(string Set, int ProcessId, SafeFileHandle Process)> left = Wait(_asked, s_grace);
        foreach ((string set, int _, SafeFileHandle process) in left)
        {
            try
            {
                ProcessDescriptor.Signal(process, LibC.SIGKILL);
            }
            catch (SyscallException refused)
            {
                failures.Add((set, refused));
            }
        }
        foreach ((string set, int processId, SafeFileHandle _) in Wait(left, s_patience))
        {
            failures.Add((set, new NsToolsException(
                FailureKind.InvalidState,
                "ProcessDoesNotEnd",
                $"Process {processId} does not end, though it was killed: it waits inside the kernel (state D in ps).",
                "Remove the set again once the process is gone.")));
        }
        return failures;
    }

    /// <inheritdoc/>
    public void Dispose() => _asked.ForEach(a => a.Process.Dispose());

    /// <summary>Waits for all of them together.</summary>
    /// <returns>Those that have not ended in this time.</returns>
    private static List<(string Set, int ProcessId, SafeFileHandle Process)> Wait(List<(string Set, int ProcessId, SafeFileHandle Process)> processes, TimeSpan time)
    {
        long deadline = Environment.TickCount64 + (long)time.TotalMilliseconds;
        return [.. processes.Where(p => !ProcessDescriptor.WaitForExit(p.Process, TimeSpan.FromMilliseconds(Math.Max(0, deadline - Environment.TickCount64))))];
    }
}
