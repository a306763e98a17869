using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Cgroups.Systemd;

/// <summary>
/// A connection to a message bus: authenticates as its user, calls methods, waits for signals (dbus-specification).
/// </summary>
/// <remarks>
/// Not libsystemd's sd-bus, which the design names: nsrun is a static executable, in which dlopen(3) is impossible, and must
/// make scopes too. What is needed here is little: five calls and one signal, no descriptors, no objects of our own. So both
/// use this client, and a host without libsystemd loses nothing.
/// </remarks>
internal sealed unsafe class DBusConnection : IDisposable
{
    private const string Bus = "org.freedesktop.DBus";
    private const int MostSignals = 4096;

    private readonly SafeFileHandle _socket;
    private readonly Queue<DBusMessage> _signals = [];
    private byte[] _received = new byte[4096];
    private int _count;
    private uint _serial;

    private DBusConnection(SafeFileHandle socket) => _socket = socket;

    /// <summary>Connects to the first of a bus's addresses that answers.</summary>
    /// <param name="addresses">As in <c>DBUS_SYSTEM_BUS_ADDRESS</c>: <c>unix:path=/run/dbus/system_bus_socket;…</c>.</param>
    /// <param name="deadline">When to give up, by <see cref="Environment.TickCount64"/>.</param>
    /// <exception cref="DBusException">None does, or it does not accept us.</exception>
    public static DBusConnection Open(string addresses, long deadline)
    {
        SyscallException? failure = null;
        foreach (string address in addresses.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            if (PathOf(address) is not { } path)
                continue;
            try
            {
                DBusConnection connection = new(UnixAddress.Connect(path, SOCK_STREAM));
                try
                {
                    connection.Authenticate(deadline);
                    _ = connection.Call(new DBusMessage { Type = DBusMessageType.MethodCall, Destination = Bus, Path = "/org/freedesktop/DBus", Interface = Bus, Member = "Hello" }, deadline);
                    return connection;
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            }
            catch (SyscallException refused) when (refused.Syscall == "connect")
            {
                failure = refused;
            }
        }
        throw new DBusException(DBusException.NoServer, failure?.Message ?? $"'{addresses}' has no address of the form unix:path=…");
    }

    /// <summary>Asks the bus for signals that match a rule (dbus-specification, "Match Rules").</summary>
    public void AddMatch(string rule, long deadline)
    {
        DBusWriter body = new();
        body.String(rule);
        _ = Call(new DBusMessage
        {
            Type = DBusMessageType.MethodCall,
            Destination = Bus,
            Path = "/org/freedesktop/DBus",
            Interface = Bus,
            Member = "AddMatch",
            Signature = "s",
            Body = body.Written.ToArray(),
        }, deadline);
    }

    /// <summary>Calls a method and waits for the answer; signals that come meanwhile are kept.</summary>
    /// <param name="call">The call.</param>
    /// <param name="deadline">When to give up.</param>
    /// <exception cref="DBusException">The answer is an error, or none came.</exception>
    public DBusMessage Call(DBusMessage call, long deadline)
    {
        uint serial = ++_serial;
        Send((call with { Serial = serial }).ToBytes(), deadline);
        while (true)
        {
            DBusMessage message = Receive(deadline, call.Member);
            if (message.ReplySerial == serial && message.Type == DBusMessageType.MethodReturn)
                return message;
            if (message.ReplySerial == serial && message.Type == DBusMessageType.Error)
                throw new DBusException(message.ErrorName ?? DBusException.InconsistentMessage, message.Signature.StartsWith('s') ? message.Read().String() : $"{call.Member} failed");
            Keep(message);
        }
    }

    /// <summary>Waits for a signal.</summary>
    /// <param name="isWanted">Which; it must not throw.</param>
    /// <param name="what">What is waited for, for messages.</param>
    /// <param name="deadline">When to give up.</param>
    /// <exception cref="DBusException">None came.</exception>
    public DBusMessage WaitForSignal(Func<DBusMessage, bool> isWanted, string what, long deadline)
    {
        while (true)
        {
            while (_signals.TryDequeue(out DBusMessage? signal))
            {
                if (isWanted(signal))
                    return signal;
            }
            Keep(Receive(deadline, what));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    // "unix:path=%2frun%2fbus": values are escaped as in URLs. Other transports need what this client has no use for.
    private static string? PathOf(string address)
    {
        if (!address.StartsWith("unix:", StringComparison.Ordinal))
            return null;
        foreach (string pair in address["unix:".Length..].Split(','))
        {
            if (pair.StartsWith("path=", StringComparison.Ordinal))
                return Uri.UnescapeDataString(pair["path=".Length..]);
        }
        return null;
    }

    // dbus-specification, "Authentication Protocol": a NUL (which once carried credentials), then lines; EXTERNAL takes the
    // user ID, which the bus compares with that of the socket's peer, in hexadecimal digits of its ASCII digits.
    private void Authenticate(long deadline)
    {
        string user = ((uint)geteuid()).ToString(System.Globalization.CultureInfo.InvariantCulture);
        Send(Encoding.ASCII.GetBytes($"\0AUTH EXTERNAL {Convert.ToHexStringLower(Encoding.ASCII.GetBytes(user))}\r\n"), deadline);
        int end;
        while ((end = _received.AsSpan(0, _count).IndexOf("\r\n"u8)) < 0)
        {
            const int LongestLine = 16 * 1024;
            if (_count > LongestLine)
                throw new DBusException(DBusException.AuthFailed, "the bus sent no answer but a line without end");
            Fill(deadline, "AUTH");
        }
        if (!_received.AsSpan(0, end).StartsWith("OK "u8))
            throw new DBusException(DBusException.AuthFailed, $"the bus does not accept user {user}: {Encoding.ASCII.GetString(_received, 0, Math.Min(end, 100))}");
        Consume(end + 2);
        Send("BEGIN\r\n"u8, deadline);
    }

    private void Keep(DBusMessage message)
    {
        if (message.Type != DBusMessageType.Signal)
            return; // an answer to nothing, or a call: we offer no methods
        if (_signals.Count == MostSignals)
            _signals.Dequeue();
        _signals.Enqueue(message);
    }

    private DBusMessage Receive(long deadline, string? what)
    {
        int length;
        while ((length = DBusMessage.LengthOf(_received.AsSpan(0, _count))) == 0 || length > _count)
            Fill(deadline, what);
        DBusMessage message = DBusMessage.Parse(_received.AsSpan(0, length).ToArray());
        Consume(length);
        return message;
    }

    private void Consume(int length)
    {
        _count -= length;
        _received.AsSpan(length, _count).CopyTo(_received);
    }

    private void Fill(long deadline, string? what)
    {
        if (_count == _received.Length)
            Array.Resize(ref _received, _received.Length * 2);
        Wait(POLLIN, deadline, what);
        fixed (byte* start = &_received[_count])
        {
            long got = read(Descriptor.Number(_socket), start, _received.Length - _count);
            if (got == 0 || (got < 0 && errno == ECONNRESET))
                throw new DBusException(DBusException.Disconnected, "the bus has closed the connection");
            if (got < 0 && errno != EINTR)
                throw SyscallException.FromLastError("read", "D-Bus");
            _count += (int)Math.Max(got, 0);
        }
    }

    private void Send(ReadOnlySpan<byte> bytes, long deadline)
    {
        fixed (byte* start = bytes)
        {
            for (int sent = 0; sent < bytes.Length;)
            {
                Wait(POLLOUT, deadline, "send");
                long count = send(Descriptor.Number(_socket), start + sent, bytes.Length - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (count < 0 && errno != EINTR && errno != EAGAIN)
                    throw new DBusException(DBusException.Disconnected, "the bus has closed the connection");
                sent += (int)Math.Max(count, 0);
            }
        }
    }

    private void Wait(short events, long deadline, string? what)
    {
        while (true)
        {
            pollfd item = new() { fd = Descriptor.Number(_socket), events = events };
            long left = deadline - Environment.TickCount64;
            int ready = left <= 0 ? 0 : poll(&item, 1u, (int)Math.Min(left, int.MaxValue));
            if (ready > 0)
                return;
            if (ready == 0)
                throw new DBusException(DBusException.NoReply, $"no answer came in time ({what})");
            // It fails only when a signal interrupts it: the descriptor is ours. The deadline ends the loop.
        }
    }
}
