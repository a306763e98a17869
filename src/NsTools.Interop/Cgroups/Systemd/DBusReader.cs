using System.Buffers.Binary;
using System.Text;

namespace NsTools.Interop.Cgroups.Systemd;

/// <summary>Reads values of the D-Bus wire format; whatever the bytes are, it throws <see cref="DBusException"/> or reads inside of them.</summary>
/// <param name="bytes">A message from its first byte, or a body.</param>
/// <param name="isBigEndian">The message's byte order.</param>
internal ref struct DBusReader(ReadOnlySpan<byte> bytes, bool isBigEndian)
{
    // dbus-specification, "Marshaling (Wire Format)" and "Valid Signatures".
    private const int LongestArray = 64 << 20, DeepestNesting = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly bool _isBigEndian = isBigEndian;

    /// <summary>Where the next value's padding begins.</summary>
    public int Position { get; private set; }

    /// <summary>Skips the padding to a multiple of the alignment.</summary>
    public void Align(int alignment) => _ = Take((alignment - (Position % alignment)) % alignment);

    /// <summary><c>y</c>.</summary>
    public byte Byte() => Take(1)[0];

    /// <summary><c>u</c>, and <c>b</c>.</summary>
    public uint UInt32()
    {
        Align(4);
        ReadOnlySpan<byte> four = Take(4);
        return _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(four) : BinaryPrimitives.ReadUInt32LittleEndian(four);
    }

    /// <summary><c>s</c> and <c>o</c>.</summary>
    public string String() => Text(UInt32());

    /// <summary><c>g</c>.</summary>
    public string Signature() => Text(Byte());

    /// <summary>Length of an array in bytes; the position is then at its first element.</summary>
    /// <param name="alignment">The elements' alignment.</param>
    public int ArrayLength(int alignment)
    {
        uint length = UInt32();
        Align(alignment);
        return length <= LongestArray && length <= _bytes.Length - Position ? (int)length : throw Wrong("an array that is longer than its message");
    }

    /// <summary>Skips one value of a type.</summary>
    /// <param name="signature">The signature.</param>
    /// <param name="at">Where in it the type begins; then where the next one begins.</param>
    /// <param name="depth">How deep in containers.</param>
    public void Skip(string signature, ref int at, int depth = 0)
    {
        if (depth > DeepestNesting || at >= signature.Length)
            throw Wrong("a signature that is none");
        switch (signature[at++])
        {
            case 'y':
                _ = Take(1);
                break;
            case 'n' or 'q':
                Align(2);
                _ = Take(2);
                break;
            case 'b' or 'i' or 'u' or 'h':
                _ = UInt32();
                break;
            case 'x' or 't' or 'd':
                Align(8);
                _ = Take(8);
                break;
            case 's' or 'o':
                _ = String();
                break;
            case 'g':
                _ = Signature();
                break;
            case 'v':
                int inner = 0;
                string type = Signature();
                Skip(type, ref inner, depth + 1);
                if (inner != type.Length)
                    throw Wrong("a variant of several types");
                break;
            case 'a':
                _ = Take(ArrayLength(at < signature.Length ? Alignment(signature[at]) : throw Wrong("an array of nothing")));
                SkipType(signature, ref at, depth + 1);
                break;
            case '(' or '{':
                Align(8);
                while (!IsEnd(signature, at))
                    Skip(signature, ref at, depth + 1);
                at++;
                break;
            default:
                throw Wrong("a signature that is none");
        }
    }

    internal static DBusException Wrong(string what) => new(DBusException.InconsistentMessage, $"the message has {what}");

    private static void SkipType(string signature, ref int at, int depth)
    {
        if (depth > DeepestNesting || at >= signature.Length)
            throw Wrong("a signature that is none");
        char type = signature[at++];
        if (type == 'a')
            SkipType(signature, ref at, depth + 1);
        if (type is not ('(' or '{'))
            return;
        while (!IsEnd(signature, at))
            SkipType(signature, ref at, depth + 1);
        at++;
    }

    private static bool IsEnd(string signature, int at) =>
        at < signature.Length ? signature[at] is ')' or '}' : throw Wrong("a signature without an end");

    private static int Alignment(char type) => type switch
    {
        'y' or 'g' or 'v' => 1,
        'n' or 'q' => 2,
        'x' or 't' or 'd' or '(' or '{' => 8,
        _ => 4,
    };

    private string Text(uint length)
    {
        if (length >= (uint)(_bytes.Length - Position))
            throw Wrong("a string that is longer than it");
        ReadOnlySpan<byte> text = Take((int)length);
        return Byte() == 0 ? Encoding.UTF8.GetString(text) : throw Wrong("a string without an end");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position)
            throw Wrong("an end before its last value");
        Position += count;
        return _bytes.Slice(Position - count, count);
    }
}
