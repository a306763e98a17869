using System.Buffers.Binary;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Netlink;

/// <summary>
/// One message of what a netlink socket received: a view of the buffer, valid until the next receive. Lengths are
/// checked before anything is read by them.
/// </summary>
public readonly ref struct NetlinkMessage
{
    /// <summary>Bytes of <c>struct nlmsghdr</c>.</summary>
    public const int HeaderLength = 16;

    /// <summary><c>NLMSG_NOOP</c>: to be skipped.</summary>
    public const ushort NoOperation = 1;

    /// <summary><c>NLMSG_ERROR</c>: an error, or the acknowledgement of a success.</summary>
    public const ushort Error = 2;

    /// <summary><c>NLMSG_DONE</c>: the end of a dump.</summary>
    public const ushort Done = 3;

    /// <summary><c>NLMSG_OVERRUN</c>: data was lost.</summary>
    public const ushort Overrun = 4;

    /// <summary>A message of these parts.</summary>
    /// <param name="type">The message type.</param>
    /// <param name="flags">The flags.</param>
    /// <param name="sequence">Number of the request that it answers; 0 for a notification.</param>
    /// <param name="payload">What follows the header.</param>
    public NetlinkMessage(ushort type, NetlinkFlags flags, uint sequence, ReadOnlySpan<byte> payload)
    {
        Type = type;
        Flags = flags;
        Sequence = sequence;
        Payload = payload;
    }

    /// <summary>The message type.</summary>
    public ushort Type { get; }

    /// <summary>The flags.</summary>
    public NetlinkFlags Flags { get; }

    /// <summary>Number of the request that it answers; 0 for a notification.</summary>
    public uint Sequence { get; }

    /// <summary>What follows the header: the family's own header and attributes.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Takes the next message off what was received.</summary>
    /// <param name="received">What was received; afterwards what is left of it.</param>
    /// <param name="message">The message.</param>
    /// <returns>False when nothing is left.</returns>
    /// <exception cref="SyscallException"><c>EBADMSG</c>: a length that cannot be.</exception>
    public static bool TryRead(ref ReadOnlySpan<byte> received, out NetlinkMessage message)
    {
        if (received.IsEmpty)
        {
            message = default;
            return false;
        }
        if (received.Length < HeaderLength)
            throw Malformed($"{received.Length} bytes where a message header takes {HeaderLength}");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(received);
        if (length < HeaderLength || length > received.Length)
            throw Malformed($"a message that says it has {length} bytes where {received.Length} are left");
        message = new NetlinkMessage(
            BinaryPrimitives.ReadUInt16LittleEndian(received[4..]),
            (NetlinkFlags)BinaryPrimitives.ReadUInt16LittleEndian(received[6..]),
            BinaryPrimitives.ReadUInt32LittleEndian(received[8..]),
            received[HeaderLength..(int)length]);
        received = received[Math.Min(Align((int)length), received.Length)..];
        return true;
    }

    /// <summary>The family's header at the start of the payload.</summary>
    /// <typeparam name="T">Its structure.</typeparam>
    /// <exception cref="SyscallException"><c>EBADMSG</c>: the payload is shorter.</exception>
    public unsafe T Header<T>() where T : unmanaged
    {
        if (Payload.Length < sizeof(T))
            throw Malformed($"a payload of {Payload.Length} bytes where {typeof(T).Name} takes {sizeof(T)}");
        return System.Runtime.InteropServices.MemoryMarshal.Read<T>(Payload);
    }

    /// <summary>The attributes after the family's header.</summary>
    /// <typeparam name="T">The header's structure.</typeparam>
    /// <exception cref="SyscallException"><c>EBADMSG</c>: the payload is shorter than the header.</exception>
    public unsafe NetlinkAttributes Attributes<T>() where T : unmanaged
    {
        if (Payload.Length < sizeof(T))
            throw Malformed($"a payload of {Payload.Length} bytes where {typeof(T).Name} takes {sizeof(T)}");
        return new NetlinkAttributes(Payload[Math.Min(Align(sizeof(T)), Payload.Length)..]);
    }

    /// <summary>A length rounded up to where the next message or attribute begins (<c>NLMSG_ALIGN</c>, <c>NLA_ALIGN</c>).</summary>
    /// <param name="length">A length in bytes.</param>
    public static int Align(int length) => (length + 3) & ~3;

    internal static SyscallException Malformed(string what) =>
        new("recvfrom", EBADMSG, "netlink", $"the message is malformed: {what}");
}
