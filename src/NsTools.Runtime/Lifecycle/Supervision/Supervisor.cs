using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// Stays with a detached container as its parent: reads its output into the log, reaps it and what it leaves behind,
/// records how it has ended, and ends. It is nsrun executed anew once the container runs, so that what creating took of
/// memory is given back, and it runs from the file, whose pages all supervisors share.
/// </summary>
internal sealed unsafe class Supervisor
{
    // SIGCHLD may be given to a thread of the runtime, which drops it: orphans are looked for now and then.
    private const int ReapMilliseconds = 10_000;

    // A container that lives so long is one to wait for: memory counts then.
    private const int IdleMilliseconds = 500;

    // How long a stream is read on that somebody else still holds when the container has ended.
    private const int DrainMilliseconds = 100;

    private readonly ContainerLog _log;
    private readonly byte[] _buffer = new byte[ContainerLog.PieceLength];
    private readonly int _pid;

    private Supervisor(int pid, ContainerLog log)
    {
        _pid = pid;
        _log = log;
    }

    /// <summary>The command line of it, for execve(2) in the process that is the container's parent.</summary>
    /// <param name="pid">The container's process.</param>
    /// <param name="log">Descriptor of the log.</param>
    /// <param name="output">Descriptor of its output, or of its terminal's master.</param>
    /// <param name="error">Descriptor of its error output; -1 for none.</param>
    /// <param name="exitFile">Where its end is recorded.</param>
    public static List<string> CommandLine(int pid, int log, int output, int error, string exitFile) =>
        ["nsrun", "supervisor", .. new[] { pid, log, output, error }.Select(number => number.ToString(CultureInfo.InvariantCulture)), exitFile];

    /// <summary>Does it all.</summary>
    /// <param name="words">What <see cref="CommandLine"/> has made.</param>
    /// <returns>The exit code, which nobody sees.</returns>
    public static int Run(ReadOnlySpan<string> words)
    {
        int[] numbers = [.. words[..4].ToArray().Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
        DescriptorTable.SetCloseOnExec(STDERR_FILENO + 1);
        using var log = new ContainerLog(numbers[1]);
        ProcessExit exit = new Supervisor(numbers[0], log).Watch(numbers[2], numbers[3]);
        try
        {
            ExitRecord.Write(words[4], exit);
        }
        catch (IOException) when (!Directory.Exists(Path.GetDirectoryName(words[4])))
        {
            // The container was deleted meanwhile: nobody can ask any more.
        }
        return 0;
    }

    private ProcessExit Watch(int output, int error)
    {
        using SafeFileHandle process = Pid.Open(_pid);
        pollfd* items = stackalloc pollfd[3];
        int patience = IdleMilliseconds;
        while (true)
        {
            items[0] = new pollfd { fd = Descriptor.Number(process), events = POLLIN };
            items[1] = new pollfd { fd = output, events = POLLIN };
            items[2] = new pollfd { fd = error, events = POLLIN };
            int ready = poll(items, 3, patience);
            if (ready < 0)
                continue; // EINTR
            if (ready == 0)
            {
                patience = ReapMilliseconds;
                ProgramPages.Release();
            }
            if (items[1].revents != 0 && !Read(output, isError: false))
                output = -1;
            if (items[2].revents != 0 && !Read(error, isError: true))
                error = -1;
            if (Reap() is not { } exit)
                continue;
            Drain(output, error);
            return exit;
        }
    }

    private void Drain(int output, int error)
    {
        pollfd* items = stackalloc pollfd[2];
        while (output >= 0 || error >= 0)
        {
            items[0] = new pollfd { fd = output, events = POLLIN };
            items[1] = new pollfd { fd = error, events = POLLIN };
            if (poll(items, 2, DrainMilliseconds) <= 0)
                return;
            if (items[0].revents != 0 && !Read(output, isError: false))
                output = -1;
            if (items[1].revents != 0 && !Read(error, isError: true))
                error = -1;
        }
    }

    // False at the end; of a terminal that is EIO (pty(7)).
    private bool Read(int descriptor, bool isError)
    {
        long length;
        fixed (byte* data = _buffer)
            length = read(descriptor, data, ContainerLog.PieceLength);
        if (length > 0)
            _log.Write(isError, _buffer.AsSpan(0, (int)length));
        return length > 0 || (length < 0 && errno == EINTR);
    }

    // The container, and what it has left behind and was given to us as its subreaper.
    private ProcessExit? Reap()
    {
        ProcessExit? exit = null;
        while (ChildProcess.TryReap(-1, ChildProcess.NoHang, out int status) is var child and > 0)
        {
            if (child == _pid)
                exit = ProcessExit.FromWaitStatus(status);
        }
        return exit;
    }
}
