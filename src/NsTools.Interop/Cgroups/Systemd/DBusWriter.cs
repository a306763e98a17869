using System.Buffers.Binary;
using System.Text;

namespace NsTools.Interop.Cgroups.Systemd;

/// <summary>Marshals values into the D-Bus wire format, little-endian (dbus-specification, "Marshaling (Wire Format)").</summary>
internal sealed class DBusWriter
{
    private byte[] _buffer = new byte[256];
    private int _length;

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>Pads with zeros to a multiple of the alignment, counted from the message's start.</summary>
    public void Align(int alignment) => _ = Reserve((alignment - (_length % alignment)) % alignment);

    /// <summary><c>y</c>.</summary>
    public void Byte(byte value) => Reserve(1)[0] = value;

    /// <summary><c>b</c>: a whole UINT32, 0 or 1.</summary>
    public void Boolean(bool value) => UInt32(value ? 1u : 0u);

    /// <summary><c>u</c>.</summary>
    public void UInt32(uint value)
    {
        Align(4);
        BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);
    }

    /// <summary><c>t</c>.</summary>
    public void UInt64(ulong value)
    {
        Align(8);
        BinaryPrimitives.WriteUInt64LittleEndian(Reserve(8), value);
    }

    /// <summary><c>s</c> and <c>o</c>: length, bytes, and a NUL that the length does not count.</summary>
    public void String(string value)
    {
        int count = Encoding.UTF8.GetByteCount(value);
        UInt32((uint)count);
        Encoding.UTF8.GetBytes(value, Reserve(count + 1));
    }

    /// <summary><c>g</c>: as a string, with a length of one byte.</summary>
    public void Signature(string value)
    {
        Byte(checked((byte)value.Length));
        Encoding.ASCII.GetBytes(value, Reserve(value.Length + 1));
    }

    /// <summary>An array: its length in bytes, without the padding before its first element, and its elements.</summary>
    /// <param name="alignment">The elements' alignment.</param>
    /// <param name="elements">Writes them.</param>
    public void Array(int alignment, Action elements)
    {
        UInt32(0);
        int at = _length - 4;
        Align(alignment);
        int start = _length;
        elements();
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(at), (uint)(_length - start));
    }

    /// <summary>A message's body, which begins at a multiple of 8 and has alignments of its own from there.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    private Span<byte> Reserve(int count)
    {
        if (_length + count > _buffer.Length)
            System.Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        Span<byte> reserved = _buffer.AsSpan(_length, count);
        reserved.Clear();
        _length += count;
        return reserved;
    }
}
