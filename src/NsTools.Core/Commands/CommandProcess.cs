using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;

namespace NsTools.Commands;

/// <summary>The process of a <see cref="CommandSession"/>, whoever has started it.</summary>
internal abstract class CommandProcess : IDisposable
{
    /// <summary>Readable once it has ended.</summary>
    public abstract SafeFileHandle PidFd { get; }

    /// <summary>Sends a signal to it and what belongs to it; nothing to one that has ended.</summary>
    /// <param name="signal">The signal.</param>
    public abstract void Kill(int signal);

    /// <summary>Waits for its end.</summary>
    /// <param name="timeout">How long at most.</param>
    /// <returns>How it ended; null when the time was up.</returns>
    public abstract ProcessExit? Wait(TimeSpan timeout);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>One that <see cref="RuntimeLauncher"/> has started.</summary>
/// <param name="process">The process; owned.</param>
internal sealed class LaunchedCommandProcess(LaunchedProcess process) : CommandProcess
{
    /// <inheritdoc/>
    public override SafeFileHandle PidFd => process.PidFd;

    /// <inheritdoc/>
    public override void Kill(int signal) => process.Kill(signal);

    /// <inheritdoc/>
    public override ProcessExit? Wait(TimeSpan timeout) => process.Wait(timeout, CancellationToken.None);

    /// <inheritdoc/>
    public override void Dispose() => process.Dispose();
}
