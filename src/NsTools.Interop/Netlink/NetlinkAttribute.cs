using System.Buffers.Binary;
using System.Text;
using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Netlink;

/// <summary>One attribute of a message (<c>struct nlattr</c>): a view, valid as long as the message is.</summary>
/// <remarks>Each conversion throws <see cref="SyscallException"/> with <c>EBADMSG</c> when the value is too short for it.</remarks>
public readonly ref struct NetlinkAttribute
{
    /// <summary>An attribute of these parts.</summary>
    /// <param name="type">The type, without flags.</param>
    /// <param name="value">The value.</param>
    public NetlinkAttribute(ushort type, ReadOnlySpan<byte> value)
    {
        Type = type;
        Value = value;
    }

    /// <summary>The type, without <c>NLA_F_NESTED</c> and <c>NLA_F_NET_BYTEORDER</c>.</summary>
    public ushort Type { get; }

    /// <summary>The bytes of the value.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The attributes that the value is made of.</summary>
    public NetlinkAttributes Nested => new(Value);

    /// <summary>The value as one byte.</summary>
    public byte ToByte() => Need(1)[0];

    /// <summary>The value as 16 bits in the machine's order.</summary>
    public ushort ToUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Need(2));

    /// <summary>The value as 16 bits in network order.</summary>
    public ushort ToUInt16BigEndian() => BinaryPrimitives.ReadUInt16BigEndian(Need(2));

    /// <summary>The value as 32 bits in the machine's order.</summary>
    public uint ToUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Need(4));

    /// <summary>The value as 32 bits in network order.</summary>
    public uint ToUInt32BigEndian() => BinaryPrimitives.ReadUInt32BigEndian(Need(4));

    /// <summary>The value as 32 bits with a sign.</summary>
    public int ToInt32() => BinaryPrimitives.ReadInt32LittleEndian(Need(4));

    /// <summary>The value as 64 bits in the machine's order.</summary>
    public ulong ToUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Need(8));

    /// <summary>The value as text: up to the first NUL, or all of it.</summary>
    public string ToText()
    {
        int end = Value.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
    }

    private ReadOnlySpan<byte> Need(int length) => Value.Length >= length
        ? Value
        : throw NetlinkMessage.Malformed($"attribute {Type} has {Value.Length} bytes where {length} are needed");
}
