using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle.State;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// Starts a container again that has ended, as its <see cref="RestartPolicy"/> says: the old one is deleted, and the
/// supervisor executes <c>nsrun supervise</c> anew.
/// </summary>
/// <remarks>
/// Whoever starts, stops or removes a container holds a lock on its bundle's directory, and so does this from the decision
/// until the new process is there. In the bundle <see cref="SupervisionFiles.Stop"/> forbids it, and <c>exit.json</c> keeps
/// how the last run ended.
/// </remarks>
internal sealed record ContainerRestart
{
    /// <summary>The policy.</summary>
    public required RestartPolicy Policy { get; init; }

    /// <summary>How often it was done since somebody started the container.</summary>
    public int Count { get; init; }

    /// <summary>How long was waited the last time, in milliseconds.</summary>
    public int PauseMilliseconds { get; init; }

    /// <summary>The bundle's directory.</summary>
    public required string Bundle { get; init; }

    /// <summary>The command line of <c>nsrun supervise</c> without what the others here say, and without the ID.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>Waits, and does it; returns when it is not to be done.</summary>
    /// <param name="container">The container.</param>
    /// <param name="exit">How it has ended.</param>
    /// <param name="lived">How long it ran.</param>
    public void Run(SupervisedContainer container, ProcessExit exit, TimeSpan lived)
    {
        if (!Policy.Wants(exit, Count) || IsForbidden)
            return;
        TimeSpan pause = RestartPolicy.Pause(TimeSpan.FromMilliseconds(PauseMilliseconds), lived);
        ProgramPages.Release();
        Thread.Sleep(pause);
        SafeFileHandle held;
        try
        {
            held = DirectoryLock.Acquire(Bundle, CancellationToken.None);
        }
        catch (SyscallException gone) when (gone.Number == ENOENT)
        {
            return; // Removed.
        }
        using (held)
        {
            // Asked again: now nobody else decides.
            if (IsForbidden || !File.Exists(Path.Join(Bundle, "config.json")))
                return;
            Forget(container.ExitFile);
            AtomicFile.Write(Path.Join(Bundle, SupervisionFiles.Restarts), System.Text.Encoding.ASCII.GetBytes((Count + 1).ToString(CultureInfo.InvariantCulture)));
            SupervisedRun.Again(Path.GetFileName(Path.GetDirectoryName(container.ExitFile))!, this with { Count = Count + 1, PauseMilliseconds = (int)pause.TotalMilliseconds }, held);
        }
    }

    private bool IsForbidden => File.Exists(Path.Join(Bundle, SupervisionFiles.Stop));

    // Somebody may have looked meanwhile, kept how it ended, and deleted the rest.
    private void Forget(string exitFile)
    {
        string directory = Path.GetDirectoryName(exitFile)!;
        var store = new ContainerStore(Path.GetDirectoryName(directory)!);
        string id = Path.GetFileName(directory);
        if (!store.Has(id))
            return;
        AtomicFile.Write(Path.Join(Bundle, SupervisionFiles.Exit), HostFile.ReadAll(exitFile));
        ContainerDeletion.Run(store, id, isForced: true);
    }
}
