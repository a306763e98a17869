using Microsoft.Win32.SafeHandles;
using NsTools.Commands;
using NsTools.Interop.Processes;

namespace NsTools.Containers;

/// <summary>A program that runs in a container beside its own, by <c>nsrun exec</c>.</summary>
/// <param name="exec">That command; owned.</param>
internal sealed class ExecutedProcess(RuntimeCommand exec) : CommandProcess
{
    /// <inheritdoc/>
    public override SafeFileHandle PidFd => exec.PidFd;

    /// <inheritdoc/>
    public override void Kill(int signal) => exec.Signal(signal);

    /// <inheritdoc/>
    public override ProcessExit? Wait(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan || ProcessDescriptor.WaitForExit(exec.PidFd, timeout) ? exec.Wait() : null;

    /// <inheritdoc/>
    public override void Dispose() => exec.Dispose();
}
