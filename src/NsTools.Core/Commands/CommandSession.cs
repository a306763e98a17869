using System.Diagnostics;
using NsTools.Hosts;
using NsTools.Interop.Cgroups;
using NsTools.Interop.Processes;
using Tmds.Linux;

namespace NsTools.Commands;

/// <summary>A running command with its three streams, driven by one thread: the caller's own.</summary>
/// <remarks>
/// What the command writes comes to the receiver while <see cref="Write"/> or <see cref="Finish"/> is running, as it
/// comes; when the receiver takes its time, the command waits.
/// </remarks>
public sealed class CommandSession : IDisposable
{
    // What may still be in a pipe when its writer ends: fs.pipe-max-size is 1 MiB, we read 64 KiB at a time.
    private const int DrainRounds = 17;

    // From SIGTERM to SIGKILL, so that Ctrl+C is over within a second.
    private static readonly TimeSpan s_grace = TimeSpan.FromMilliseconds(500);

    private readonly ProcessPipes _pipes;
    private readonly CommandProcess _process;
    private readonly OomKillCounter _oomKills;
    private readonly PipeReceiver _receiver;
    private readonly TimeSpan _timeout;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly string _program;
    private bool _hasExited;

    private CommandSession(string program, CommandStreams streams, OomKillCounter oomKills, Func<ProcessPipes, CommandProcess> start, CancellationToken cancellation)
    {
        _receiver = streams.Receiver;
        _timeout = streams.Timeout;
        _cancellation = cancellation;
        _program = program;
        _oomKills = oomKills;
        _pipes = new ProcessPipes(streams.HasInput);
        try
        {
            _process = start(_pipes);
            _pipes.ReleaseChildEnds();
        }
        catch
        {
            _pipes.Dispose();
            _oomKills.Dispose();
            throw;
        }
        _registration = cancellation.UnsafeRegister(static pipes => ((ProcessPipes)pipes!).Wake(), _pipes);
    }

    /// <summary>
    /// How many processes have been killed, since it was started, because its cgroup was out of memory; 0 when it is
    /// in none of its own.
    /// </summary>
    public long OomKillCount => _oomKills.Count;

    /// <summary>Since the command was started.</summary>
    public TimeSpan Elapsed => _watch.Elapsed;

    /// <summary>Starts a command.</summary>
    /// <param name="place">Where to start it.</param>
    /// <param name="request">What to start.</param>
    /// <param name="streams">Its input, output, and time.</param>
    /// <param name="cancellation">Ends the command.</param>
    /// <exception cref="NsToolsException">The place, the user or the root is not there.</exception>
    /// <exception cref="Interop.Syscalls.SyscallException">A step failed; nothing is left running.</exception>
    public static CommandSession Start(
        CommandPlace place, CommandRequest request, CommandStreams streams, CancellationToken cancellation)
    {
        using CommandPlan plan = place.PlanWithCgroup(request);
        return new CommandSession(
            plan.Spec.Process!.Args[0],
            streams,
            new OomKillCounter(plan.Cgroups),
            pipes => new LaunchedCommandProcess(new RuntimeLauncher(RuntimeExecutable.Path).Start(new LaunchRequest
            {
                Spec = plan.Spec,
                Mode = LaunchMode.Attached,
                Descriptors = plan.Descriptors,
                StandardInput = pipes.ChildInput,
                StandardOutput = pipes.ChildOutput,
                StandardError = pipes.ChildError,
            })),
            cancellation);
    }

    /// <summary>Starts a command that something else than a place starts.</summary>
    /// <param name="program">Its program, for errors.</param>
    /// <param name="streams">Its input, output, and time.</param>
    /// <param name="start">Starts it on these pipes.</param>
    /// <param name="cancellation">Ends the command.</param>
    internal static CommandSession Start(string program, CommandStreams streams, Func<ProcessPipes, CommandProcess> start, CancellationToken cancellation) =>
        new(program, streams, new OomKillCounter([]), start, cancellation);

    /// <summary>Writes to standard input, and receives output meanwhile.</summary>
    /// <param name="bytes">What to write; dropped when the command no longer reads.</param>
    /// <inheritdoc cref="Finish" path="/exception"/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && _pipes.IsInputOpen && !_hasExited)
        {
            if (Step(wantsWrite: true).HasFlag(PipeEvents.Writable))
                bytes = bytes[_pipes.Write(bytes)..];
        }
    }

    /// <summary>Ends standard input and receives output until the command has ended.</summary>
    /// <returns>How it ended.</returns>
    /// <exception cref="NsToolsException">It took longer than allowed and was killed (<c>CommandTimedOut</c>).</exception>
    /// <exception cref="OperationCanceledException">It was cancelled and has been ended.</exception>
    public ProcessExit Finish()
    {
        _pipes.CloseInput();
        while (!_hasExited)
            Step(wantsWrite: false);
        // A process that it left in the background may hold the pipes open for ever: only what is there now.
        for (int round = 0; round < DrainRounds && _pipes.Wait(_process.PidFd, 0, false, _receiver).HasFlag(PipeEvents.Received);)
            round++;
        _watch.Stop();
        return _process.Wait(Timeout.InfiniteTimeSpan)!.Value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        // First: who passes on what the command writes, as a container's supervisor does, may wait for somebody to read it.
        _pipes.Dispose();
        _process.Dispose();
        _oomKills.Dispose();
    }

    private PipeEvents Step(bool wantsWrite)
    {
        PipeEvents events = _pipes.Wait(_process.PidFd, Remaining(), wantsWrite, _receiver);
        _hasExited = events.HasFlag(PipeEvents.Exited);
        if (_cancellation.IsCancellationRequested)
        {
            End();
            _cancellation.ThrowIfCancellationRequested();
        }
        if (!_hasExited && Remaining() == 0)
        {
            Kill();
            throw new NsToolsException(
                FailureKind.Timeout,
                "CommandTimedOut",
                $"'{_program}' did not end within {_timeout.TotalSeconds:0.###} s and was killed.",
                "Allow it more time with -TimeoutSec.");
        }
        return events;
    }

    private int Remaining() => _timeout == Timeout.InfiniteTimeSpan
        ? -1
        : (int)Math.Clamp(Math.Ceiling((_timeout - _watch.Elapsed).TotalMilliseconds), 0, int.MaxValue);

    /// <summary>SIGTERM, and what is still there after the grace gets SIGKILL.</summary>
    private void End()
    {
        _process.Kill(LibC.SIGTERM);
        // What it still writes is nobody's any more; unread it would keep the command from ending.
        long deadline = Environment.TickCount64 + (long)s_grace.TotalMilliseconds;
        while (!_hasExited && deadline - Environment.TickCount64 is var left and > 0)
            _hasExited = _pipes.Wait(_process.PidFd, (int)left, wantsWrite: false, static (_, _) => { }).HasFlag(PipeEvents.Exited);
        Kill();
    }

    private void Kill()
    {
        _process.Kill(LibC.SIGKILL);
        _pipes.CloseOutput();
        _process.Wait(Timeout.InfiniteTimeSpan);
    }
}

/// <summary>The streams of a <see cref="CommandSession"/>.</summary>
public sealed record CommandStreams
{
    /// <summary>False gives the command an empty standard input.</summary>
    public bool HasInput { get; init; }

    /// <summary>Gets what it writes.</summary>
    public required PipeReceiver Receiver { get; init; }

    /// <summary>How long it may take; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</summary>
    public TimeSpan Timeout { get; init; } = System.Threading.Timeout.InfiniteTimeSpan;
}
