using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Networking.Helpers;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// Stays with a container as its parent: passes on its streams (<see cref="ContainerStreams"/>), reaps it and what it leaves
/// behind, records how it has ended, and ends. It is nsrun executed anew once the container is there, so that what creating
/// took of memory is given back.
/// </summary>
internal sealed unsafe class Supervisor
{
    // A container that lives so long is one to wait for: memory counts then. Later not so often: it costs time, too.
    private const int FirstIdleMilliseconds = 500;
    private const int IdleMilliseconds = 10_000;

    private const int FirstItem = 2;

    private readonly SupervisedContainer _container;
    private readonly ContainerStreams _streams;
    private readonly HealthMonitor? _health;

    private Supervisor(SupervisedContainer container, ContainerStreams streams, HealthMonitor? health) =>
        (_container, _streams, _health) = (container, streams, health);

    /// <summary>The signals that must be blocked in the process that becomes it: no thread of the .NET runtime then takes them.</summary>
    public static ReadOnlySpan<int> BlockedSignals => [Signals.Child];

    /// <summary>Does it all.</summary>
    /// <param name="words">What <see cref="SupervisedContainer.ToWords"/> has made, without the program.</param>
    /// <returns>The exit code, which nobody sees.</returns>
    public static int Run(ReadOnlySpan<string> words)
    {
        SupervisedContainer container = SupervisedContainer.FromWords(words);
        DescriptorTable.SetCloseOnExec(STDERR_FILENO + 1);
        long started = System.Environment.TickCount64;
        ProcessExit exit;
        bool isRecorded;
        using (var log = new ContainerLog(container.LogFile, container.LogLimit))
        using (var streams = new ContainerStreams(container, log))
        using (var health = HealthMonitor.Start(container))
        {
            exit = new Supervisor(container, streams, health).Watch();
            streams.Drain();
            // Before its end is to be seen: whoever starts it again has another helper, of the same record.
            if (container.NetworkRecord.Length > 0)
                NetworkHelper.Stop(container.NetworkRecord);
            isRecorded = Record(container.ExitFile, exit);
            streams.Finish(exit.ExitCode);
        }
        if (isRecorded && container.Restart is { } restart)
            restart.Run(container, exit, TimeSpan.FromMilliseconds(System.Environment.TickCount64 - started));
        return 0;
    }

    private static bool Record(string file, ProcessExit exit)
    {
        try
        {
            ExitRecord.Write(file, exit);
            return true;
        }
        catch (IOException) when (!Directory.Exists(Path.GetDirectoryName(file)))
        {
            // The container was deleted meanwhile: nobody can ask any more.
            return false;
        }
    }

    private ProcessExit Watch()
    {
        using SafeFileHandle process = Pid.Open(_container.ProcessId);
        using SafeFileHandle children = SignalDescriptor.Open(BlockedSignals);
        pollfd* items = stackalloc pollfd[FirstItem + ContainerStreams.MostItems];
        // After that it sleeps for as long as nothing happens.
        int patience = FirstIdleMilliseconds;
        while (true)
        {
            items[0] = new pollfd { fd = Descriptor.Number(process), events = POLLIN };
            items[1] = new pollfd { fd = Descriptor.Number(children), events = POLLIN };
            _health?.Work();
            int nextCheck = _health?.IdleMilliseconds ?? -1;
            bool isCheckFirst = nextCheck >= 0 && (patience < 0 || nextCheck < patience);
            int ready = poll(items, (uint)(FirstItem + _streams.Prepare(items + FirstItem)), isCheckFirst ? nextCheck : patience);
            if (ready < 0)
                continue; // EINTR
            if (ready == 0 && isCheckFirst)
                continue;
            if (ready == 0)
            {
                ProgramPages.Release();
                patience = -1;
                continue;
            }
            if (patience < 0)
                patience = IdleMilliseconds;
            _streams.Pass(items + FirstItem);
            while (SignalDescriptor.Read(children) != 0)
            {
            }
            if (Reap() is { } exit)
                return exit;
        }
    }

    // The container, and what it has left behind and was given to us as its subreaper.
    private ProcessExit? Reap()
    {
        ProcessExit? exit = null;
        while (ChildProcess.TryReap(-1, ChildProcess.NoHang, out int status) is var child and > 0)
        {
            _health?.Reaped(child);
            if (child == _container.ProcessId)
                exit = ProcessExit.FromWaitStatus(status);
        }
        return exit;
    }
}
