using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle.Attachments;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// The streams of a supervised container: what it writes goes to the log and to all who are attached, what they send goes
/// to its standard input. One piece at a time: the next one is read when everybody has the last one.
/// </summary>
internal sealed unsafe class ContainerStreams : IDisposable
{
    /// <summary>How many descriptors <see cref="Prepare"/> fills in at most.</summary>
    public const int MostItems = FirstClient + MostClients;

    private const int MostClients = 32;
    private const int FirstClient = 4;

    // How long a stream is read on that somebody else still holds when the container has ended.
    private const int DrainMilliseconds = 100;

    // How long somebody who is attached over a socket may take for what is left at the end.
    private const int FarewellMilliseconds = 10_000;

    private readonly ContainerLog _log;
    private readonly bool _hasTerminal;
    private readonly SafeFileHandle _listener;
    private readonly List<AttachedClient> _clients = [];
    private readonly byte[] _packet = new byte[1 + ContainerLog.PieceLength];
    private readonly byte[] _input = new byte[AttachProtocol.MostBytes];
    private int _packetLength;
    private int _inputStart, _inputEnd;
    private SafeFileHandle? _output, _error, _inputEntry;

    /// <summary>Takes over the descriptors.</summary>
    /// <param name="container">Which ones.</param>
    /// <param name="log">The log.</param>
    public ContainerStreams(SupervisedContainer container, ContainerLog log)
    {
        _log = log;
        _hasTerminal = container.HasTerminal;
        _output = Take(container.Output);
        _error = Take(container.Error);
        _inputEntry = _hasTerminal ? _output : Take(container.Input);
        if (_inputEntry is not null)
            _ = fcntl(Descriptor.Number(_inputEntry), F_SETFL, fcntl(Descriptor.Number(_inputEntry), F_GETFL) | O_NONBLOCK);
        _listener = Take(container.Listener)!;
        _ = fcntl(container.Listener, F_SETFL, O_NONBLOCK);
        if (container.Pipes.Output >= 0)
            _clients.Add(AttachedClient.OfPipes(container.Pipes.Output, container.Pipes.Error));
    }

    private bool IsSomebodyBehind => _clients.Exists(static client => client.IsBehind);

    /// <summary>Says what to wait for.</summary>
    /// <param name="items">Filled in.</param>
    /// <returns>How many.</returns>
    public int Prepare(pollfd* items)
    {
        bool isBehind = IsSomebodyBehind, hasInput = _inputEnd > _inputStart;
        items[0] = Item(_clients.Count < MostClients ? _listener : null, POLLIN);
        items[1] = Item(isBehind ? null : _output, POLLIN);
        items[2] = Item(isBehind ? null : _error, POLLIN);
        items[3] = Item(hasInput ? _inputEntry : null, POLLOUT);
        for (int i = 0; i < _clients.Count; i++)
        {
            short events = (short)((_clients[i].IsBehind ? POLLOUT : 0) | (_clients[i].IsSocket && !hasInput ? POLLIN : 0));
            items[FirstClient + i] = new pollfd { fd = _clients[i].Number, events = events };
        }
        return FirstClient + _clients.Count;
    }

    /// <summary>Passes on what there is after poll(2).</summary>
    /// <param name="items">What <see cref="Prepare"/> has filled in.</param>
    public void Pass(pollfd* items)
    {
        int known = _clients.Count;
        // First: who is there before something is written gets it.
        if (items[0].revents != 0)
            Accept();
        for (int i = 0; i < known; i++)
        {
            if (items[FirstClient + i].revents != 0)
                Serve(_clients[i], items[FirstClient + i].revents);
        }
        if (items[3].revents != 0)
            WriteInput();
        if (items[1].revents != 0)
            Read(ref _output, AttachProtocol.Output);
        if (items[2].revents != 0 && !IsSomebodyBehind)
            Read(ref _error, AttachProtocol.Error);
        Sweep();
    }

    /// <summary>Reads what is left when the container has ended; stops at somebody who is behind.</summary>
    public void Drain()
    {
        pollfd* items = stackalloc pollfd[MostItems];
        while ((_output is not null || _error is not null) && !IsSomebodyBehind)
        {
            int count = Prepare(items);
            // Nobody comes any more, and nothing can be said to it.
            items[0].fd = items[3].fd = -1;
            int ready = poll(items, (uint)count, DrainMilliseconds);
            if (ready == 0)
                return;
            if (ready > 0)
                Pass(items);
        }
    }

    /// <summary>Tells those who are attached how it has ended, after all that it has written.</summary>
    /// <param name="exitCode">Its exit code.</param>
    public void Finish(int exitCode)
    {
        long deadline = System.Environment.TickCount64 + FarewellMilliseconds;
        do
        {
            Settle(deadline);
            Drain();
        }
        while (IsSomebodyBehind);
        byte[] packet = AttachProtocol.ExitPacket(exitCode);
        packet.CopyTo(_packet, 0);
        _packetLength = packet.Length;
        foreach (AttachedClient client in _clients.Where(static client => client.IsSocket))
            client.Give(packet);
        Settle(deadline);
    }

    public void Dispose()
    {
        _clients.ForEach(static client => client.Dispose());
        _listener.Dispose();
        _inputEntry?.Dispose();
        _output?.Dispose();
        _error?.Dispose();
    }

    // Until everybody has the last piece. Whoever has started it attached reads when it wants to, all others have had their time.
    private void Settle(long deadline)
    {
        pollfd* items = stackalloc pollfd[MostItems];
        while (IsSomebodyBehind)
        {
            long left = deadline - System.Environment.TickCount64;
            if (left <= 0)
            {
                _clients.FindAll(static client => client.IsSocket && client.IsBehind).ForEach(static client => client.Leave());
                Sweep();
            }
            int count = Prepare(items);
            items[0].fd = items[3].fd = -1;
            if (poll(items, (uint)count, left > 0 ? (int)left : -1) > 0)
                Pass(items);
        }
    }

    private void Serve(AttachedClient client, short events)
    {
        if (client.IsBehind && (events & POLLOUT) != 0)
            client.GiveRest(_packet.AsSpan(0, _packetLength));
        if (client.IsSocket && (events & POLLIN) != 0 && _inputEnd == _inputStart)
            Obey(client);
        else if ((events & (POLLERR | POLLHUP)) != 0 && (events & POLLIN) == 0)
            client.Leave();
    }

    private void Obey(AttachedClient client)
    {
        int length = client.Receive(_input);
        if (length == 0)
            return;
        switch (_input[0])
        {
            case AttachProtocol.Input:
                (_inputStart, _inputEnd) = (1, length);
                WriteInput();
                break;
            case AttachProtocol.InputEnd when !_hasTerminal:
                _inputEntry?.Dispose();
                _inputEntry = null;
                break;
            case AttachProtocol.Size when _hasTerminal && _output is not null && AttachProtocol.TryReadSize(_input.AsSpan(0, length), out ushort rows, out ushort columns):
                var size = new winsize { ws_row = rows, ws_col = columns };
                _ = ioctl(Descriptor.Number(_output), TIOCSWINSZ, &size);
                break;
        }
    }

    // Without anybody who reads it there is nothing to do with it.
    private void WriteInput()
    {
        while (_inputEnd > _inputStart && _inputEntry is not null)
        {
            long written;
            fixed (byte* data = _input)
                written = write(Descriptor.Number(_inputEntry), data + _inputStart, _inputEnd - _inputStart);
            if (written > 0)
            {
                _inputStart += (int)written;
                continue;
            }
            int failure = errno;
            if (failure == EAGAIN)
                return;
            if (failure == EINTR)
                continue;
            if (!_hasTerminal)
                _inputEntry.Dispose();
            _inputEntry = null;
        }
        _inputStart = _inputEnd = 0;
    }

    // At the end, which of a terminal is EIO (pty(7)), it is closed.
    private void Read(ref SafeFileHandle? stream, byte letter)
    {
        if (stream is null)
            return;
        long length;
        fixed (byte* data = _packet)
            length = read(Descriptor.Number(stream), data + 1, ContainerLog.PieceLength);
        if (length > 0)
        {
            _packet[0] = letter;
            _packetLength = 1 + (int)length;
            _log.Write(letter == AttachProtocol.Error, _packet.AsSpan(1, (int)length));
            foreach (AttachedClient client in _clients)
                client.Give(_packet.AsSpan(0, _packetLength));
        }
        else if (length == 0 || (errno is var failure && failure != EINTR && failure != EAGAIN))
        {
            if (_inputEntry == stream)
                _inputEntry = null;
            stream.Dispose();
            stream = null;
        }
    }

    private void Accept()
    {
        while (_clients.Count < MostClients && accept4(Descriptor.Number(_listener), null, null, SOCK_CLOEXEC | SOCK_NONBLOCK) is var socket and >= 0)
            _clients.Add(AttachedClient.OfSocket(new SafeFileHandle(socket, ownsHandle: true)));
    }

    private void Sweep()
    {
        for (int i = _clients.Count - 1; i >= 0; i--)
        {
            if (!_clients[i].IsGone)
                continue;
            _clients[i].Dispose();
            _clients.RemoveAt(i);
        }
    }

    private static SafeFileHandle? Take(int descriptor) => descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);

    private static pollfd Item(SafeFileHandle? handle, short events) => new() { fd = handle is null ? -1 : Descriptor.Number(handle), events = events };
}
