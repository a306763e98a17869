using System.Buffers.Binary;

namespace NsTools.Runtime.Lifecycle.Attachments;

/// <summary>
/// What a supervisor and those who are attached to its container say to each other, on a socket of type
/// <c>SOCK_SEQPACKET</c>: a packet is one of these letters, and what belongs to it.
/// </summary>
internal static class AttachProtocol
{
    /// <summary>The longest packet: the letter, and a piece of a stream.</summary>
    public const int MostBytes = 1 + (8 * 1024);

    /// <summary>To the supervisor: bytes for the container's standard input.</summary>
    public const byte Input = (byte)'i';

    /// <summary>To the supervisor: its standard input is at its end. A terminal has none.</summary>
    public const byte InputEnd = (byte)'e';

    /// <summary>To the supervisor: rows and columns of its terminal, two bytes each, little-endian.</summary>
    public const byte Size = (byte)'s';

    /// <summary>From the supervisor: bytes of its standard output, or of its terminal.</summary>
    public const byte Output = (byte)'o';

    /// <summary>From the supervisor: bytes of its standard error.</summary>
    public const byte Error = (byte)'E';

    /// <summary>From the supervisor, the last one: it has ended; the exit code follows, four bytes, little-endian.</summary>
    public const byte Exit = (byte)'x';

    /// <summary>A packet of <see cref="Size"/>.</summary>
    public static byte[] SizePacket(ushort rows, ushort columns)
    {
        byte[] packet = [Size, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16LittleEndian(packet.AsSpan(1), rows);
        BinaryPrimitives.WriteUInt16LittleEndian(packet.AsSpan(3), columns);
        return packet;
    }

    /// <summary>Reads one.</summary>
    /// <returns>False for one of another length.</returns>
    public static bool TryReadSize(ReadOnlySpan<byte> packet, out ushort rows, out ushort columns)
    {
        bool isWhole = packet.Length == 5;
        rows = isWhole ? BinaryPrimitives.ReadUInt16LittleEndian(packet[1..]) : (ushort)0;
        columns = isWhole ? BinaryPrimitives.ReadUInt16LittleEndian(packet[3..]) : (ushort)0;
        return isWhole;
    }

    /// <summary>A packet of <see cref="Exit"/>.</summary>
    public static byte[] ExitPacket(int exitCode)
    {
        byte[] packet = [Exit, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(packet.AsSpan(1), exitCode);
        return packet;
    }

    /// <summary>Reads one.</summary>
    public static int ReadExit(ReadOnlySpan<byte> packet) => packet.Length == 5 ? BinaryPrimitives.ReadInt32LittleEndian(packet[1..]) : 0;
}
