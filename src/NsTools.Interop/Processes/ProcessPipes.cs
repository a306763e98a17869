using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>
/// The three pipes of a process and its end, waited for together (<c>poll(2)</c>) on the caller's own thread: nothing is
/// read before the caller wants it, so a process that writes faster than its reader reads is slowed, not buffered.
/// </summary>
public sealed unsafe class ProcessPipes : IDisposable
{
    private readonly SafeFileHandle _wake;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private SafeFileHandle? _input, _output, _error;
    private SafeFileHandle? _childInput, _childOutput, _childError;

    /// <summary>Makes the pipes, all close-on-exec.</summary>
    /// <param name="withInput">False gives the process no standard input but <c>/dev/null</c>.</param>
    /// <exception cref="SyscallException">There are too many open files.</exception>
    public ProcessPipes(bool withInput)
    {
        int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        _wake = descriptor >= 0 ? new SafeFileHandle(descriptor, true) : throw SyscallException.FromLastError("eventfd");
        try
        {
            if (withInput)
                (_childInput, _input) = Pipe();
            (_output, _childOutput) = Pipe();
            (_error, _childError) = Pipe();
            // Our ends only: the flag is of the open file, and the other end is another one.
            foreach (SafeFileHandle? own in (SafeFileHandle?[])[_input, _output, _error])
            {
                if (own is not null && fcntl(Descriptor.Number(own), F_SETFL, O_NONBLOCK) < 0)
                    throw SyscallException.FromLastError("fcntl");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The end to give to the process; null for none. Until <see cref="ReleaseChildEnds"/>.</summary>
    public SafeFileHandle? ChildInput => _childInput;

    /// <summary>The end to give to the process. Until <see cref="ReleaseChildEnds"/>.</summary>
    public SafeFileHandle? ChildOutput => _childOutput;

    /// <summary>The end to give to the process. Until <see cref="ReleaseChildEnds"/>.</summary>
    public SafeFileHandle? ChildError => _childError;

    /// <summary>Whether something can still be written to the process.</summary>
    public bool IsInputOpen => _input is not null;

    /// <summary>Closes our copies of the process's ends; without that our reading would never see the end.</summary>
    public void ReleaseChildEnds()
    {
        _childInput?.Dispose();
        _childOutput?.Dispose();
        _childError?.Dispose();
        _childInput = _childOutput = _childError = null;
    }

    /// <summary>Ends a wait from another thread, now or the next one to come.</summary>
    public void Wake()
    {
        ulong one = 1;
        _ = write(Descriptor.Number(_wake), &one, sizeof(ulong));
    }

    /// <summary>Closes standard input: the process reads its end.</summary>
    public void CloseInput()
    {
        _input?.Dispose();
        _input = null;
    }

    /// <summary>Closes standard output and error: whoever writes there is told that nobody reads it any more (EPIPE).</summary>
    public void CloseOutput()
    {
        _output?.Dispose();
        _error?.Dispose();
        _output = _error = null;
    }

    /// <summary>Waits until something has happened, and reads what there is to read.</summary>
    /// <param name="exited">Readable once the process has ended, a pidfd.</param>
    /// <param name="milliseconds">How long at most; -1 for ever.</param>
    /// <param name="wantsWrite">Whether there is something to write to the process.</param>
    /// <param name="received">Gets what was read; true as first argument for standard error. The bytes are valid during the call only.</param>
    /// <returns>What has happened; nothing when the time was up.</returns>
    /// <exception cref="SyscallException">A pipe cannot be read.</exception>
    public PipeEvents Wait(SafeFileHandle exited, int milliseconds, bool wantsWrite, PipeReceiver received)
    {
        pollfd* items = stackalloc pollfd[5];
        items[0] = new pollfd { fd = Descriptor.Number(exited), events = POLLIN };
        items[1] = new pollfd { fd = Descriptor.Number(_wake), events = POLLIN };
        items[2] = new pollfd { fd = NumberOr(_output), events = POLLIN };
        items[3] = new pollfd { fd = NumberOr(_error), events = POLLIN };
        items[4] = new pollfd { fd = NumberOr(_input), events = wantsWrite ? POLLOUT : (short)0 };
        if (poll(items, 5u, milliseconds) < 0)
            return errno is var failure && Errno.IsInterruption(failure) ? PipeEvents.None : throw new SyscallException("poll", failure);
        PipeEvents events = PipeEvents.None;
        if (items[1].revents != 0)
        {
            ulong count;
            _ = read(Descriptor.Number(_wake), &count, sizeof(ulong));
            events |= PipeEvents.Woken;
        }
        if (items[2].revents != 0)
            events |= Read(ref _output, isError: false, received);
        if (items[3].revents != 0)
            events |= Read(ref _error, isError: true, received);
        if ((items[4].revents & POLLERR) != 0)
            CloseInput();
        else if (items[4].revents != 0)
            events |= PipeEvents.Writable;
        if (items[0].revents != 0)
            events |= PipeEvents.Exited;
        return events;
    }

    /// <summary>Writes what fits into the pipe now.</summary>
    /// <param name="bytes">What to write.</param>
    /// <returns>How many bytes were taken. All of them when the process no longer reads: nobody will.</returns>
    /// <exception cref="SyscallException">The pipe cannot be written.</exception>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        if (_input is null || bytes.IsEmpty)
            return bytes.Length;
        long count;
        fixed (byte* start = bytes)
            count = write(Descriptor.Number(_input), start, (size_t)bytes.Length);
        if (count >= 0)
            return (int)count;
        if (errno is var number && (number == EAGAIN || number == EINTR))
            return 0;
        if (number != EPIPE)
            throw new SyscallException("write", number, "standard input");
        CloseInput();
        return bytes.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ReleaseChildEnds();
        CloseInput();
        CloseOutput();
        _wake.Dispose();
    }

    private PipeEvents Read(ref SafeFileHandle? pipe, bool isError, PipeReceiver received)
    {
        long count;
        fixed (byte* start = _buffer)
            count = read(Descriptor.Number(pipe!), start, (size_t)_buffer.Length);
        if (count < 0)
            return errno is var number && (number == EAGAIN || number == EINTR) ? PipeEvents.None : throw new SyscallException("read", number, "pipe");
        if (count == 0)
        {
            pipe!.Dispose();
            pipe = null;
            return PipeEvents.None;
        }
        received(isError, _buffer.AsSpan(0, (int)count));
        return PipeEvents.Received;
    }

    private static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        int* ends = stackalloc int[2];
        return pipe2(ends, O_CLOEXEC) == 0
            ? (new SafeFileHandle(ends[0], true), new SafeFileHandle(ends[1], true))
            : throw SyscallException.FromLastError("pipe2");
    }

    private static int NumberOr(SafeFileHandle? handle) => handle is null ? -1 : Descriptor.Number(handle);
}

/// <summary>Takes what a process has written.</summary>
/// <param name="isError">True for standard error.</param>
/// <param name="bytes">The bytes, valid during the call only.</param>
public delegate void PipeReceiver(bool isError, ReadOnlySpan<byte> bytes);

/// <summary>What <see cref="ProcessPipes.Wait"/> has seen.</summary>
[Flags]
public enum PipeEvents
{
    /// <summary>Nothing: the time was up, or a pipe was closed.</summary>
    None = 0,

    /// <summary>The process has written, and the receiver got it.</summary>
    Received = 1,

    /// <summary>Standard input takes more.</summary>
    Writable = 2,

    /// <summary>The process has ended.</summary>
    Exited = 4,

    /// <summary><see cref="ProcessPipes.Wake"/> was called.</summary>
    Woken = 8,
}
