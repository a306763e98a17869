using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Interop.Terminals;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Attachments;

/// <summary>
/// <c>attach</c>: the caller's standard streams are the container's, until it ends or the caller leaves. With a terminal on
/// both sides the caller's is raw meanwhile: all keys but those to leave are for the container's to interpret.
/// </summary>
internal sealed unsafe class Attachment : IDisposable
{
    private const int SignalBase = 128;

    private readonly SafeFileHandle _connection;
    private readonly ForwardedSignals _signals = new(isDetached: false);
    private readonly TerminalState? _terminal;
    private readonly DetachKeys _keys;
    private readonly byte[] _packet = new byte[AttachProtocol.MostBytes];
    private readonly List<byte> _typed = [];
    private bool _readsInput;

    /// <summary>Takes over a connection.</summary>
    /// <param name="connection">The connection to the supervisor.</param>
    /// <param name="hasTerminal">True when the container has a terminal.</param>
    /// <param name="readsInput">True when standard input is to be passed on.</param>
    /// <param name="keys">The keys that end it.</param>
    public Attachment(SafeFileHandle connection, bool hasTerminal, bool readsInput, DetachKeys keys)
    {
        _connection = connection;
        _readsInput = readsInput;
        _keys = keys;
        _signals.EndMaking();
        if (!hasTerminal)
            return;
        SendSize();
        _terminal = readsInput ? TerminalState.Save(STDIN_FILENO) : null;
        _terminal?.MakeRaw();
    }

    /// <summary>Stays until the end.</summary>
    /// <returns>The container's exit code; 0 for a caller that has left it; 128 and the number of a signal that has ended this.</returns>
    /// <exception cref="ContainerException">The supervisor has died.</exception>
    public int Run()
    {
        const int Count = 3;
        pollfd* items = stackalloc pollfd[Count];
        while (true)
        {
            items[0] = new pollfd { fd = Descriptor.Number(_connection), events = POLLIN };
            items[1] = new pollfd { fd = Descriptor.Number(_signals.Pending), events = POLLIN };
            items[2] = new pollfd { fd = _readsInput ? STDIN_FILENO : -1, events = POLLIN };
            if (poll(items, Count, -1) < 0)
                continue; // A signal: its handler has written to the pipe.
            if (items[0].revents != 0 && Receive() is { } code)
                return code;
            if (items[1].revents != 0 && Obey(_signals.Next()) is { } signal)
                return SignalBase + signal;
            if (items[2].revents != 0 && !Send())
                return 0;
        }
    }

    /// <summary>Gives the caller its terminal back.</summary>
    public void Dispose()
    {
        _terminal?.Restore();
        _signals.Dispose();
        _connection.Dispose();
    }

    private int? Obey(int signal)
    {
        switch (signal)
        {
            case Signals.WindowChange:
                SendSize();
                return null;
            // Job control is the inner terminal's.
            case 0 or Signals.TerminalStop or Signals.TerminalInput or Signals.TerminalOutput:
                return null;
            default:
                return signal;
        }
    }

    private void SendSize()
    {
        winsize size;
        if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
            Send(AttachProtocol.SizePacket(size.ws_row, size.ws_col));
    }

    private int? Receive()
    {
        int length = UnixSocket.Receive(Descriptor.Number(_connection), _packet, out SafeFileHandle? nothing);
        nothing?.Dispose();
        if (length == 0)
            throw new ContainerException("the container's supervisor has died; nobody can tell how the container goes on");
        switch (_packet[0])
        {
            case AttachProtocol.Exit:
                return AttachProtocol.ReadExit(_packet.AsSpan(0, length));
            case AttachProtocol.Output or AttachProtocol.Error:
                Write(_packet[0] == AttachProtocol.Error ? STDERR_FILENO : STDOUT_FILENO, _packet.AsSpan(1, length - 1));
                return null;
            default:
                return null;
        }
    }

    // False when the caller leaves.
    private bool Send()
    {
        long length;
        fixed (byte* data = _packet)
            length = read(STDIN_FILENO, data, AttachProtocol.MostBytes - 64);
        if (length < 0 && errno is var failure && (failure == EINTR || failure == EAGAIN))
            return true;
        if (length <= 0)
        {
            _readsInput = false;
            Send([AttachProtocol.InputEnd]);
            return true;
        }
        _typed.Clear();
        _typed.Add(AttachProtocol.Input);
        bool isLeft = false;
        // Only at a terminal are bytes keys.
        if (_terminal is null)
            _typed.AddRange(_packet.AsSpan(0, (int)length));
        else
            isLeft = _keys.Take(_packet.AsSpan(0, (int)length), _typed);
        if (_typed.Count > 1)
            Send(CollectionsMarshal.AsSpan(_typed));
        return !isLeft;
    }

    // One whose supervisor is gone is told by what is received.
    private void Send(ReadOnlySpan<byte> packet) => _ = UnixSocket.Send(Descriptor.Number(_connection), packet);

    // Of somebody who does not read any more nothing is kept; the container goes on.
    private static void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                long written = write(descriptor, data + done, bytes.Length - done);
                if (written > 0)
                    done += (int)written;
                else if (errno is var failure && failure == EAGAIN)
                    WaitWritable(descriptor);
                else if (failure != EINTR)
                    return;
            }
        }
    }

    // Whoever shares the caller's terminal may have made it non-blocking.
    private static void WaitWritable(int descriptor)
    {
        var item = new pollfd { fd = descriptor, events = POLLOUT };
        _ = poll(&item, 1u, -1);
    }
}
