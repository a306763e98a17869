using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Cgroups.Systemd;
using NsTools.Interop.Syscalls;
using NsTools.Tests.Harness;
using Tmds.Linux;
using Xunit;

namespace NsTools.Tests.Cgroups.Systemd;

public sealed class DBusMessageTests
{
    // A Hello call, byte by byte as the specification lays it out.
    private const string Hello =
        "6c 01 00 01 00 00 00 00 01 00 00 00 6d 00 00 00 "
        + "01 01 6f 00 15 00 00 00 2f 6f 72 67 2f 66 72 65 65 64 65 73 6b 74 6f 70 2f 44 42 75 73 00 00 00 " // PATH
        + "02 01 73 00 14 00 00 00 6f 72 67 2e 66 72 65 65 64 65 73 6b 74 6f 70 2e 44 42 75 73 00 00 00 00 " // INTERFACE
        + "03 01 73 00 05 00 00 00 48 65 6c 6c 6f 00 00 00 "                                                 // MEMBER
        + "06 01 73 00 14 00 00 00 6f 72 67 2e 66 72 65 65 64 65 73 6b 74 6f 70 2e 44 42 75 73 00 00 00 00"; // DESTINATION

    [Fact]
    public void A_call_is_the_bytes_that_the_specification_says()
    {
        DBusMessage call = new()
        {
            Type = DBusMessageType.MethodCall,
            Serial = 1,
            Path = "/org/freedesktop/DBus",
            Interface = "org.freedesktop.DBus",
            Member = "Hello",
            Destination = "org.freedesktop.DBus",
        };
        Assert.Equal(Hello.Replace(" ", ""), Convert.ToHexStringLower(call.ToBytes()));
    }

    [Fact]
    public void Values_are_aligned_and_lengths_count_what_they_should()
    {
        DBusWriter writer = new();
        writer.Byte(7);
        writer.String("ab");
        // The padding before the first element is not in the length.
        writer.Array(8, () => writer.UInt64(0x0102030405060708));
        writer.Array(8, () => { });
        writer.Signature("a(sv)");
        writer.Boolean(true);
        Assert.Equal(
            "07 00 00 00 02 00 00 00 61 62 00 00 08 00 00 00 08 07 06 05 04 03 02 01 00 00 00 00 00 00 00 00 05 61 28 73 76 29 00 00 01 00 00 00".Replace(" ", ""),
            Convert.ToHexStringLower(writer.Written));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_answer_is_read_in_either_byte_order(bool isBig)
    {
        DBusMessage message = DBusMessage.Parse(Answer(isBig));
        Assert.Equal(DBusMessageType.MethodReturn, message.Type);
        Assert.Equal(5u, message.ReplySerial);
        Assert.Equal(":1.1", message.Sender);
        Assert.Equal("o", message.Signature);
        Assert.Equal("/job/7", message.Read().String());
    }

    [Fact]
    public void Damaged_messages_are_refused_or_read_and_nothing_else()
    {
        Random random = new(20261123);
        byte[][] seeds = [Answer(false), Answer(true), Convert.FromHexString(Hello.Replace(" ", ""))];
        for (int round = 0; round < 30_000; round++)
        {
            byte[] bytes = [.. seeds[round % seeds.Length]];
            for (int i = random.Next(1, 5); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0)
                bytes = bytes[..random.Next(bytes.Length)];
            try
            {
                int length = DBusMessage.LengthOf(bytes);
                DBusMessage message = DBusMessage.Parse(bytes.AsMemory(0, Math.Min(length, bytes.Length)));
                DBusReader reader = message.Read();
                for (int at = 0; at < message.Signature.Length;)
                    reader.Skip(message.Signature, ref at);
            }
            catch (DBusException)
            {
                // What it is for.
            }
        }
    }

    [Fact]
    public void Nested_types_and_lengths_without_end_are_refused()
    {
        foreach (string signature in (string[])[new string('(', 200), new string('a', 200) + "y", "a", "(", "a(", "z", "v", "a{s"])
            Assert.Throws<DBusException>(() => SkipAll(signature));
        Assert.Throws<DBusException>(() => DBusMessage.LengthOf([(byte)'l', 1, 0, 1, 255, 255, 255, 255, 1, 0, 0, 0, 255, 255, 255, 255]));
    }

    /// <summary>A peer on the socket that answers what it likes.</summary>
    [Fact]
    public void A_hostile_bus_ends_in_an_error_in_time()
    {
        Random random = new(7);
        byte[] garbage = new byte[5000];
        random.NextBytes(garbage);
        byte[] hello = Answer(false, replySerial: 1);
        byte[] damaged = [.. hello];
        damaged[15] = 0x7F;
        foreach ((byte[] afterAuthentication, byte[] line) in ((byte[], byte[])[])
        [
            ([], "REJECTED EXTERNAL\r\n"u8.ToArray()),
            ([], new byte[40_000]),
            ([], []),
            (garbage, "OK 1234\r\n"u8.ToArray()),
            (damaged, "OK 1234\r\n"u8.ToArray()),
            ([.. hello, .. garbage], "OK 1234\r\n"u8.ToArray()),
            ([.. Enumerable.Repeat(Answer(false, replySerial: 77), 200).SelectMany(bytes => bytes)], "OK 1234\r\n"u8.ToArray()),
        ])
        {
            using TemporaryDirectory directory = new();
            using SafeFileHandle listener = UnixAddress.Listen(directory.Path + "/bus", LibC.SOCK_STREAM);
            Thread peer = new(() => Serve(listener, [.. line, .. afterAuthentication]));
            peer.Start();
            Assert.Throws<DBusException>(() =>
            {
                long deadline = Environment.TickCount64 + 700;
                using DBusConnection connection = DBusConnection.Open($"unix:path={directory.Path}/bus", deadline);
                connection.AddMatch("type='signal'", deadline);
            });
            peer.Join();
        }
    }

    private static void SkipAll(string signature)
    {
        DBusReader reader = new(new byte[64], false);
        for (int at = 0; at < signature.Length;)
            reader.Skip(signature, ref at);
    }

    private static unsafe void Serve(SafeFileHandle listener, byte[] answer)
    {
        int connection = LibC.accept4(Descriptor.Number(listener), null, null, LibC.SOCK_CLOEXEC);
        byte* buffer = stackalloc byte[4096];
        _ = LibC.read(connection, buffer, 4096);
        fixed (byte* start = answer)
            _ = LibC.send(connection, start, answer.Length, LibC.MSG_NOSIGNAL);
        while ((long)LibC.read(connection, buffer, 4096) > 0)
        {
        }
        _ = LibC.close(connection);
    }

    // A method return of one object path, with a header field that nobody knows.
    private static byte[] Answer(bool isBig, uint replySerial = 5)
    {
        List<byte> bytes = [(byte)(isBig ? 'B' : 'l'), 2, 1, 1];
        void Word(uint value) => bytes.AddRange(isBig ? BitConverter.GetBytes(value).Reverse() : BitConverter.GetBytes(value));
        void Align(int alignment) => bytes.AddRange(new byte[(alignment - (bytes.Count % alignment)) % alignment]);
        void Text(string text)
        {
            Align(4);
            Word((uint)text.Length);
            bytes.AddRange(Encoding.ASCII.GetBytes(text + "\0"));
        }
        Word(11);
        Word(9);
        int lengthAt = bytes.Count;
        Word(0);
        bytes.AddRange([5, 1, (byte)'u', 0]);
        Word(replySerial);
        bytes.AddRange([7, 1, (byte)'s', 0]);
        Text(":1.1");
        Align(8);
        bytes.AddRange([99, 2, .. "ay"u8, 0]);
        Align(4);
        Word(3);
        bytes.AddRange([1, 2, 3]);
        Align(8);
        bytes.AddRange([8, 1, (byte)'g', 0, 1, (byte)'o', 0]);
        byte[] fields = BitConverter.GetBytes((uint)(bytes.Count - lengthAt - 4));
        if (isBig)
            Array.Reverse(fields);
        for (int i = 0; i < 4; i++)
            bytes[lengthAt + i] = fields[i];
        Align(8);
        Text("/job/7");
        return [.. bytes];
    }
}
