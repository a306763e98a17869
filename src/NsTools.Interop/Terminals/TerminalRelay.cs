using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Terminals;

/// <summary>
/// Connects the standard streams, which are a terminal, with the master of a pseudo-terminal: the outer terminal is
/// raw while this lives, so that Ctrl+C, Ctrl+Z and all else is for the inner one to interpret.
/// </summary>
public sealed unsafe class TerminalRelay : IDisposable
{
    private const int BufferLength = 16 * 1024;

    private readonly SafeFileHandle _master;
    private readonly TerminalState? _outer;
    private readonly byte[] _buffer = new byte[BufferLength];
    private readonly byte[] _input = new byte[BufferLength];
    private int _inputStart;
    private int _inputEnd;
    private bool _inputEnded;
    private bool _masterEnded;
    private bool _disposed;

    /// <summary>Takes over the outer terminal and gives its size to the inner one.</summary>
    /// <param name="master">The pseudo-terminal's master; the relay owns it.</param>
    public TerminalRelay(SafeFileHandle master)
    {
        _master = master;
        // Input that the inner side does not read yet must not block the relay: its output would stand still, too.
        int flags = fcntl(Descriptor.Number(master), F_GETFL);
        _ = fcntl(Descriptor.Number(master), F_SETFL, flags | O_NONBLOCK);
        _outer = TerminalState.Save(STDIN_FILENO);
        CopySize();
        _outer?.MakeRaw();
    }

    /// <summary>Gives the outer terminal's size to the inner one, whose foreground processes get SIGWINCH.</summary>
    public void CopySize()
    {
        winsize size;
        if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
            _ = ioctl(Descriptor.Number(_master), TIOCSWINSZ, &size);
    }

    /// <summary>Says what to wait for.</summary>
    /// <param name="input">Filled for the outer terminal's input.</param>
    /// <param name="master">Filled for the inner terminal.</param>
    public void Prepare(ref pollfd input, ref pollfd master)
    {
        bool pending = _inputEnd > _inputStart;
        input = new pollfd { fd = pending || _inputEnded || _masterEnded ? -1 : STDIN_FILENO, events = POLLIN };
        master = new pollfd
        {
            fd = _masterEnded ? -1 : Descriptor.Number(_master),
            events = pending ? (short)(ushort)((ushort)POLLIN | (ushort)POLLOUT) : POLLIN,
        };
    }

    /// <summary>Passes on what there is after poll(2).</summary>
    /// <param name="input">The outer terminal's input, polled.</param>
    /// <param name="master">The inner terminal, polled.</param>
    public void Relay(in pollfd input, in pollfd master)
    {
        if (master.fd >= 0 && master.revents != 0 && master.revents != POLLOUT)
            PassOutput();
        if (input.fd >= 0 && input.revents != 0)
            ReadInput();
        if (_inputEnd > _inputStart)
            PassInput();
    }

    /// <summary>Passes on what the inner side has written before it ended, and restores the outer terminal.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        while (!_masterEnded && PassOutput())
        {
        }
        _outer?.Restore();
        _master.Dispose();
    }

    // EIO: the last descriptor of the inner side is closed (pty(7)). EAGAIN: nothing there now.
    private bool PassOutput()
    {
        fixed (byte* data = _buffer)
        {
            long length = read(Descriptor.Number(_master), data, BufferLength);
            if (length > 0)
            {
                WriteAll(STDOUT_FILENO, data, (int)length);
                return true;
            }
            int error = errno;
            _masterEnded = length == 0 || (error != EAGAIN && error != EINTR);
            return false;
        }
    }

    private void ReadInput()
    {
        fixed (byte* data = _input)
        {
            long length = read(STDIN_FILENO, data, BufferLength);
            if (length > 0)
                (_inputStart, _inputEnd) = (0, (int)length);
            else if (length == 0 || (errno != EINTR && errno != EAGAIN))
                _inputEnded = true;
        }
    }

    private void PassInput()
    {
        fixed (byte* data = _input)
        {
            long length = write(Descriptor.Number(_master), data + _inputStart, _inputEnd - _inputStart);
            if (length > 0)
                _inputStart += (int)length;
            else if (errno != EAGAIN && errno != EINTR)
                _inputStart = _inputEnd = 0;
        }
    }

    private static void WriteAll(int descriptor, byte* data, int length)
    {
        for (int done = 0; done < length;)
        {
            long written = write(descriptor, data + done, length - done);
            if (written > 0)
                done += (int)written;
            else if (errno == EAGAIN)
                WaitWritable(descriptor);
            else if (errno != EINTR)
                return;
        }
    }

    // The outer terminal may have been made non-blocking by whoever shares it.
    private static void WaitWritable(int descriptor)
    {
        var item = new pollfd { fd = descriptor, events = POLLOUT };
        _ = poll(&item, 1u, -1);
    }
}
