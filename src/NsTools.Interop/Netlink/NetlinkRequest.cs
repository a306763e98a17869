using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Netlink;

/// <summary>Builds one request: the header, the family's own header, attributes, nests of attributes.</summary>
public sealed class NetlinkRequest
{
    private const ushort NestedFlag = 0x8000;
    private const int AttributeHeaderLength = 4;
    private byte[] _buffer = new byte[256];
    private int _length = NetlinkMessage.HeaderLength;

    /// <summary>Begins a request.</summary>
    /// <param name="operation">What is asked for.</param>
    /// <param name="flags">Flags beside <see cref="NetlinkFlags.Request"/>.</param>
    /// <param name="subject">What it is about, for errors; null for nothing in particular.</param>
    public NetlinkRequest(NetlinkOperation operation, NetlinkFlags flags, string? subject = null)
    {
        Operation = operation;
        Flags = flags | NetlinkFlags.Request;
        Subject = subject;
    }

    /// <summary>What is asked for.</summary>
    public NetlinkOperation Operation { get; }

    /// <summary>The flags.</summary>
    public NetlinkFlags Flags { get; }

    /// <summary>What it is about, for errors; null for nothing in particular.</summary>
    public string? Subject { get; }

    /// <summary>Bytes so far, the header included.</summary>
    public int Length => _length;

    /// <summary>Adds the family's own header; to be called before any attribute.</summary>
    /// <typeparam name="T">Its structure.</typeparam>
    /// <param name="header">The header.</param>
    /// <returns>This request.</returns>
    public unsafe NetlinkRequest Header<T>(in T header) where T : unmanaged
    {
        MemoryMarshal.Write(Take(NetlinkMessage.Align(sizeof(T))), in header);
        return this;
    }

    /// <summary>Adds an attribute of bytes.</summary>
    /// <param name="type">The attribute type.</param>
    /// <param name="value">The value.</param>
    /// <returns>This request.</returns>
    /// <exception cref="SyscallException"><c>EMSGSIZE</c>: longer than an attribute can be.</exception>
    public NetlinkRequest Add(ushort type, ReadOnlySpan<byte> value)
    {
        int length = AttributeHeaderLength + value.Length;
        if (length > ushort.MaxValue)
            throw new SyscallException(Operation.Name, EMSGSIZE, Subject, $"attribute {type} would have {value.Length} bytes");
        Span<byte> attribute = Take(NetlinkMessage.Align(length));
        BinaryPrimitives.WriteUInt16LittleEndian(attribute, (ushort)length);
        BinaryPrimitives.WriteUInt16LittleEndian(attribute[2..], type);
        value.CopyTo(attribute[AttributeHeaderLength..]);
        return this;
    }

    /// <summary>Adds an attribute whose presence is all that it says.</summary>
    /// <param name="type">The attribute type.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest AddFlag(ushort type) => Add(type, []);

    /// <summary>Adds an attribute of one byte.</summary>
    /// <param name="type">The attribute type.</param>
    /// <param name="value">The value.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest AddByte(ushort type, byte value) => Add(type, [value]);

    /// <summary>Adds an attribute of 16 bits in the machine's order.</summary>
    /// <param name="type">The attribute type.</param>
    /// <param name="value">The value.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest AddUInt16(ushort type, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return Add(type, bytes);
    }

    /// <summary>Adds an attribute of 16 bits in network order.</summary>
    /// <param name="type">The attribute type.</param>
    /// <param name="value">The value.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest AddUInt16BigEndian(ushort type, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return Add(type, bytes);
    }

    /// <summary>Adds an attribute of 32 bits in the machine's order.</summary>
    /// <param name="type">The attribute type.</param>
    /// <param name="value">The value.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest AddUInt32(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Add(type, bytes);
    }

    /// <summary>Adds an attribute of 32 bits with a sign.</summary>
    /// <param name="type">The attribute type.</param>
    /// <param name="value">The value.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest AddInt32(ushort type, int value) => AddUInt32(type, unchecked((uint)value));

    /// <summary>Adds an attribute of 64 bits in the machine's order.</summary>
    /// <param name="type">The attribute type.</param>
    /// <param name="value">The value.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest AddUInt64(ushort type, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Add(type, bytes);
    }

    /// <summary>Adds an attribute of text, ended by a NUL.</summary>
    /// <param name="type">The attribute type.</param>
    /// <param name="value">The value.</param>
    /// <returns>This request.</returns>
    /// <exception cref="SyscallException"><c>EINVAL</c>: it has a NUL inside, which would silently cut it.</exception>
    public NetlinkRequest AddText(ushort type, string value)
    {
        if (value.Contains('\0'))
            throw new SyscallException(Operation.Name, EINVAL, Subject, "a NUL character cannot be part of a name");
        return Add(type, Encoding.UTF8.GetBytes(value + '\0'));
    }

    /// <summary>Adds a nest of attributes.</summary>
    /// <param name="type">The attribute type.</param>
    /// <param name="build">Adds what is in the nest.</param>
    /// <returns>This request.</returns>
    /// <exception cref="SyscallException"><c>EMSGSIZE</c>: longer than an attribute can be.</exception>
    public NetlinkRequest AddNest(ushort type, Action<NetlinkRequest> build)
    {
        int start = _length;
        Take(AttributeHeaderLength);
        build(this);
        int length = _length - start;
        if (length > ushort.MaxValue)
            throw new SyscallException(Operation.Name, EMSGSIZE, Subject, $"nest {type} would have {length} bytes");
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(start), (ushort)length);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(start + 2), (ushort)(type | NestedFlag));
        return this;
    }

    /// <summary>
    /// Adds a structure with attributes of its own after it, as <c>struct rtnexthop</c> has: its first 16 bits are its
    /// length, attributes included.
    /// </summary>
    /// <typeparam name="T">The structure.</typeparam>
    /// <param name="record">The structure; its length is filled in.</param>
    /// <param name="build">Adds its attributes.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest AddRecord<T>(in T record, Action<NetlinkRequest> build) where T : unmanaged
    {
        int start = _length;
        Header(record);
        build(this);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(start), checked((ushort)(_length - start)));
        return this;
    }

    /// <summary>The request's bytes, with the header filled in.</summary>
    /// <param name="sequence">The number that answers carry.</param>
    /// <param name="extra">Flags to add for this time.</param>
    public ReadOnlySpan<byte> ToBytes(uint sequence, NetlinkFlags extra = NetlinkFlags.None)
    {
        Span<byte> header = _buffer;
        BinaryPrimitives.WriteInt32LittleEndian(header, _length);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], Operation.Type);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)(Flags | extra));
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], sequence);
        // The port ID stays 0: the kernel knows the sender by its socket.
        return _buffer.AsSpan(0, _length);
    }

    private Span<byte> Take(int length)
    {
        if (_length + length > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + length));
        Span<byte> taken = _buffer.AsSpan(_length, length);
        _length += length;
        return taken;
    }
}
