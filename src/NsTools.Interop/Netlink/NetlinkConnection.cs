using NsTools.Interop.Networking;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Netlink;

/// <summary>Turns a message into an object, while the message is valid.</summary>
/// <typeparam name="T">The object.</typeparam>
/// <param name="message">The message.</param>
/// <returns>The object; null to leave the message out.</returns>
public delegate T? NetlinkDecoder<out T>(in NetlinkMessage message) where T : class;

/// <summary>
/// Requests and their answers over one channel: acknowledgements, single answers, dumps, batches. Any thread may use
/// it, one at a time; it belongs to the network namespace that its socket was opened in.
/// </summary>
public sealed class NetlinkConnection : IDisposable
{
    // A dump that never settles (a namespace in turmoil) must end some time; ip(8) does not retry at all.
    private const int DumpAttempts = 20;

    // What is sent with one call: the kernel takes it in one allocation, and errors of a batch must fit the receive buffer.
    private const int BatchBytes = 32 * 1024;
    private const int BatchMessages = 128;
    private readonly INetlinkChannel _channel;
    private readonly Lock _lock = new();
    private uint _sequence;

    /// <summary>A connection over a channel, which it owns from now on.</summary>
    /// <param name="channel">The channel.</param>
    public NetlinkConnection(INetlinkChannel channel) => _channel = channel;

    /// <summary>Opens a connection of the caller's own network namespace.</summary>
    /// <param name="protocol">The netlink family: see <see cref="NetlinkProtocol"/>.</param>
    /// <exception cref="SyscallException">The kernel lacks the family, or no descriptor is left.</exception>
    public static NetlinkConnection Open(int protocol) => new(NetlinkSocket.Open(protocol));

    /// <summary>Opens a connection of the network namespace that the opener is in.</summary>
    /// <param name="protocol">The netlink family: see <see cref="NetlinkProtocol"/>.</param>
    /// <param name="opener">Opens the socket.</param>
    /// <exception cref="SyscallException">As for <see cref="Open(int)"/>.</exception>
    public static NetlinkConnection Open(int protocol, INetworkOpener opener) => new(NetlinkSocket.Open(protocol, opener));

    /// <summary>Opens a connection in a network namespace that a thread can enter.</summary>
    /// <param name="protocol">The netlink family: see <see cref="NetlinkProtocol"/>.</param>
    /// <param name="networkNamespace">Descriptor of the namespace; it may be closed afterwards.</param>
    /// <exception cref="SyscallException"><c>EPERM</c>: the caller may not enter the namespace; or as for <see cref="Open(int)"/>.</exception>
    public static NetlinkConnection Open(int protocol, Microsoft.Win32.SafeHandles.SafeFileHandle networkNamespace) =>
        NamespaceThread.Run([networkNamespace], () => Open(protocol));

    /// <summary>Sends a request and waits for its acknowledgement.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="SyscallException">The kernel refused it: its error number and, in the detail, its own words.</exception>
    public void Execute(NetlinkRequest request)
    {
        if (ExecuteBatch([request])[0] is { Number: not 0 } error)
            throw error.ToException(request.Operation.Name, request.Subject);
    }

    /// <summary>
    /// Sends many requests at once; the kernel does them in order and goes on after one that fails. Only the last of a
    /// datagram asks for an acknowledgement (failures are told always), so success costs one answer for many requests.
    /// </summary>
    /// <param name="requests">The requests.</param>
    /// <returns>The answer to each.</returns>
    /// <exception cref="SyscallException">The exchange itself failed.</exception>
    public IReadOnlyList<NetlinkError> ExecuteBatch(IReadOnlyList<NetlinkRequest> requests)
    {
        NetlinkError[] results = new NetlinkError[requests.Count];
        Array.Fill(results, NetlinkError.Success);
        lock (_lock)
        {
            for (int start = 0; start < requests.Count;)
                start += ExecuteDatagram(requests, start, results);
        }
        return results;
    }

    /// <summary>Sends a request that is answered by one message.</summary>
    /// <typeparam name="T">What the answer becomes.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="decode">Makes it of the message.</param>
    /// <exception cref="SyscallException">The kernel refused it, or the answer is malformed.</exception>
    public T Query<T>(NetlinkRequest request, NetlinkDecoder<T> decode) where T : class
    {
        lock (_lock)
        {
            T? answer = null;
            uint sequence = ++_sequence;
            // With the acknowledgement asked for, an end is sure to come also when the kernel has no answer.
            _channel.Send(request.ToBytes(sequence, NetlinkFlags.Ack));
            while (true)
            {
                ReadOnlySpan<byte> received = Receive(request);
                while (NetlinkMessage.TryRead(ref received, out NetlinkMessage message))
                {
                    if (message.Sequence != sequence || message.Type == NetlinkMessage.NoOperation)
                        continue;
                    if (message.Type != NetlinkMessage.Error)
                    {
                        answer ??= decode(message);
                        continue;
                    }
                    NetlinkError error = NetlinkError.FromError(message);
                    if (error.Number != 0)
                        throw error.ToException(request.Operation.Name, request.Subject);
                    return answer ?? throw new SyscallException(request.Operation.Name, ENODATA, request.Subject, "the kernel did not answer");
                }
            }
        }
    }

    /// <summary>
    /// Sends a request that is answered by a list. When the kernel says that the list changed while it was read
    /// (<c>NLM_F_DUMP_INTR</c>), or some of it was lost, it is read again from the start.
    /// </summary>
    /// <typeparam name="T">What each message becomes.</typeparam>
    /// <param name="request">The request; <see cref="NetlinkFlags.Dump"/> is added.</param>
    /// <param name="decode">Makes it of the message.</param>
    /// <param name="cancellationToken">Ends it between two datagrams.</param>
    /// <exception cref="SyscallException">
    /// The kernel refused it, a message is malformed, or (<c>EAGAIN</c>) the list changed at each of 20 attempts.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IReadOnlyList<T> Dump<T>(NetlinkRequest request, NetlinkDecoder<T> decode, CancellationToken cancellationToken = default) where T : class
    {
        lock (_lock)
        {
            for (int attempt = 0; attempt < DumpAttempts; attempt++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (TryDump(request, decode, cancellationToken) is { } list)
                    return list;
            }
        }
        throw new SyscallException(
            request.Operation.Name, EAGAIN, request.Subject,
            $"the list changed while it was being read, {DumpAttempts} times in a row");
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    private List<T>? TryDump<T>(NetlinkRequest request, NetlinkDecoder<T> decode, CancellationToken cancellationToken) where T : class
    {
        List<T> list = [];
        bool consistent = true;
        uint sequence = ++_sequence;
        _channel.Send(request.ToBytes(sequence, NetlinkFlags.Dump));
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> received;
            bool truncated;
            try
            {
                received = _channel.Receive(out truncated);
            }
            catch (SyscallException lost) when (lost.Number == ENOBUFS)
            {
                // What else comes of this dump has the old number and is passed over.
                return null;
            }
            consistent &= !truncated;
            while (NetlinkMessage.TryRead(ref received, out NetlinkMessage message))
            {
                if (message.Sequence != sequence || message.Type == NetlinkMessage.NoOperation)
                    continue;
                consistent &= !message.Flags.HasFlag(NetlinkFlags.DumpInterrupted) && message.Type != NetlinkMessage.Overrun;
                if (message.Type is NetlinkMessage.Done or NetlinkMessage.Error)
                {
                    NetlinkError error = message.Type == NetlinkMessage.Done ? NetlinkError.FromDone(message) : NetlinkError.FromError(message);
                    if (error.Number != 0)
                        throw error.ToException(request.Operation.Name, request.Subject);
                    return consistent ? list : null;
                }
                if (message.Type != NetlinkMessage.Overrun && decode(message) is { } item)
                    list.Add(item);
            }
        }
    }

    /// <summary>Sends as many requests as go into one datagram.</summary>
    /// <returns>How many.</returns>
    private int ExecuteDatagram(IReadOnlyList<NetlinkRequest> requests, int start, NetlinkError[] results)
    {
        int count = 1;
        for (int bytes = requests[start].Length; count < BatchMessages && start + count < requests.Count; count++)
        {
            bytes += NetlinkMessage.Align(requests[start + count].Length);
            if (bytes > BatchBytes)
                break;
        }
        uint first = _sequence + 1;
        _sequence += (uint)count;
        _channel.Send(count == 1 ? requests[start].ToBytes(first, NetlinkFlags.Ack) : Join(requests, start, count, first));
        while (true)
        {
            ReadOnlySpan<byte> received = Receive(requests[start]);
            while (NetlinkMessage.TryRead(ref received, out NetlinkMessage message))
            {
                uint index = unchecked(message.Sequence - first);
                if (index >= count || message.Type != NetlinkMessage.Error)
                    continue;
                results[start + (int)index] = NetlinkError.FromError(message);
                if (index == count - 1)
                    return count;
            }
        }
    }

    private static byte[] Join(IReadOnlyList<NetlinkRequest> requests, int start, int count, uint firstSequence)
    {
        int total = 0;
        for (int i = 0; i < count; i++)
            total += NetlinkMessage.Align(requests[start + i].Length);
        byte[] datagram = new byte[total];
        int offset = 0;
        for (int i = 0; i < count; i++)
        {
            NetlinkRequest request = requests[start + i];
            NetlinkFlags extra = i == count - 1 ? NetlinkFlags.Ack : NetlinkFlags.None;
            request.ToBytes(firstSequence + (uint)i, extra).CopyTo(datagram.AsSpan(offset));
            offset += NetlinkMessage.Align(request.Length);
        }
        return datagram;
    }

    private ReadOnlySpan<byte> Receive(NetlinkRequest request)
    {
        ReadOnlySpan<byte> received = _channel.Receive(out bool truncated);
        return truncated
            ? throw new SyscallException(request.Operation.Name, EMSGSIZE, request.Subject, "the kernel's answer did not fit the buffer")
            : received;
    }
}
