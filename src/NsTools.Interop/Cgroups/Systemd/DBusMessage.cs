using System.Buffers.Binary;

namespace NsTools.Interop.Cgroups.Systemd;

/// <summary>Types of message (dbus-specification, "Message Format").</summary>
internal enum DBusMessageType : byte
{
    MethodCall = 1,
    MethodReturn = 2,
    Error = 3,
    Signal = 4,
}

/// <summary>A D-Bus message: header and marshalled body.</summary>
internal sealed record DBusMessage
{
    // dbus-specification, "Message Format": byte order, type, flags, version, body length, serial, length of the fields.
    private const int FixedLength = 16;
    private const uint LongestMessage = 128 << 20;

    public required DBusMessageType Type { get; init; }

    /// <summary>The sender's number of it, not 0.</summary>
    public uint Serial { get; init; }

    /// <summary>In an answer, the number of the call.</summary>
    public uint ReplySerial { get; init; }

    public string? Path { get; init; }

    public string? Interface { get; init; }

    public string? Member { get; init; }

    public string? ErrorName { get; init; }

    public string? Destination { get; init; }

    public string? Sender { get; init; }

    /// <summary>Types of the body's values.</summary>
    public string Signature { get; init; } = "";

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>True when the body is big-endian.</summary>
    public bool IsBigEndian { get; init; }

    /// <summary>How long the message is that begins with these bytes; 0 when they are too few to tell.</summary>
    /// <exception cref="DBusException">They are no message's beginning.</exception>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedLength)
            return 0;
        if (bytes[0] is not ((byte)'l' or (byte)'B') || bytes[3] != 1)
            throw DBusReader.Wrong("no byte order or another version");
        bool isBig = bytes[0] == (byte)'B';
        ulong body = Word(bytes[4..], isBig), fields = Word(bytes[12..], isBig);
        ulong length = FixedLength + ((fields + 7) & ~7ul) + body;
        return length <= LongestMessage ? (int)length : throw DBusReader.Wrong("more bytes than it may");
    }

    /// <summary>Parses a message.</summary>
    /// <param name="bytes">Its bytes, as many as <see cref="LengthOf"/> says.</param>
    /// <exception cref="DBusException">They are none.</exception>
    public static DBusMessage Parse(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> span = bytes.Span;
        if (LengthOf(span) != span.Length || span.Length == 0)
            throw DBusReader.Wrong("another length than it says");
        bool isBig = span[0] == (byte)'B';
        int bodyLength = (int)Word(span[4..], isBig);
        DBusMessage message = new()
        {
            Type = (DBusMessageType)span[1],
            Serial = Word(span[8..], isBig),
            IsBigEndian = isBig,
            Body = bytes[^bodyLength..],
        };
        DBusReader reader = new(span[..^bodyLength], isBig);
        for (int i = 0; i < 3; i++)
            _ = reader.UInt32();
        int end = reader.ArrayLength(8);
        end += reader.Position;
        while (reader.Position < end)
        {
            reader.Align(8);
            byte field = reader.Byte();
            string type = reader.Signature();
            message = (field, type) switch
            {
                (1, "o") => message with { Path = reader.String() },
                (2, "s") => message with { Interface = reader.String() },
                (3, "s") => message with { Member = reader.String() },
                (4, "s") => message with { ErrorName = reader.String() },
                (5, "u") => message with { ReplySerial = reader.UInt32() },
                (6, "s") => message with { Destination = reader.String() },
                (7, "s") => message with { Sender = reader.String() },
                (8, "g") => message with { Signature = reader.Signature() },
                // "Implementations must not generate an error when a header contains unknown header fields."
                _ => Ignored(message, ref reader, type),
            };
        }
        return message;
    }

    /// <summary>The message as bytes.</summary>
    public byte[] ToBytes()
    {
        DBusWriter writer = new();
        writer.Byte((byte)'l');
        writer.Byte((byte)Type);
        writer.Byte(0);
        writer.Byte(1);
        writer.UInt32((uint)Body.Length);
        writer.UInt32(Serial);
        writer.Array(8, () =>
        {
            Field(writer, 1, "o", Path);
            Field(writer, 2, "s", Interface);
            Field(writer, 3, "s", Member);
            Field(writer, 6, "s", Destination);
            if (Signature.Length > 0)
            {
                writer.Align(8);
                writer.Byte(8);
                writer.Signature("g");
                writer.Signature(Signature);
            }
        });
        writer.Align(8);
        writer.Bytes(Body.Span);
        return writer.Written.ToArray();
    }

    /// <summary>A reader of the body.</summary>
    public DBusReader Read() => new(Body.Span, IsBigEndian);

    private static DBusMessage Ignored(DBusMessage message, ref DBusReader reader, string type)
    {
        int at = 0;
        reader.Skip(type, ref at);
        return message;
    }

    private static void Field(DBusWriter writer, byte field, string type, string? value)
    {
        if (value is null)
            return;
        writer.Align(8);
        writer.Byte(field);
        writer.Signature(type);
        writer.String(value);
    }

    private static uint Word(ReadOnlySpan<byte> bytes, bool isBig) =>
        isBig ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
