using System.Text;
using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Syscalls;
using Xunit;

namespace NsTools.Tests.Netlink;

public sealed class NetlinkConnectionTests
{
    private const int BadMessage = 74;
    private const int NoBuffers = 105;
    private static readonly byte[] s_zero = new byte[4];

    [Fact]
    public void An_interrupted_dump_is_read_again_from_the_start()
    {
        ScriptedChannel channel = new();
        channel.Answer(() => Item(channel, "stale", NetlinkFlags.Multi | NetlinkFlags.DumpInterrupted)).Answer(() => Done(channel))
            .Answer(() => Item(channel, "fresh", NetlinkFlags.Multi)).Answer(() => Done(channel));
        Assert.Equal(["fresh"], Dump(channel));
        Assert.Equal(2, channel.Sent.Count);
    }

    [Fact]
    public void A_dump_of_which_the_kernel_dropped_a_part_is_read_again_and_the_rest_of_the_first_is_passed_over()
    {
        ScriptedChannel channel = new();
        uint first = 0;
        channel.Answer(() => { first = channel.LastSequence; return Item(channel, "lost", NetlinkFlags.Multi); }).Fail(NoBuffers)
            .Answer(() => ScriptedChannel.Message(30, first, Encoding.ASCII.GetBytes("late"), NetlinkFlags.Multi))
            .Answer(() => ScriptedChannel.Message(NetlinkMessage.Done, first, s_zero, NetlinkFlags.Multi))
            .Answer(() => Item(channel, "whole", NetlinkFlags.Multi)).Answer(() => Done(channel));
        Assert.Equal(["whole"], Dump(channel));
    }

    [Fact]
    public void A_dump_that_never_settles_ends_with_an_error()
    {
        ScriptedChannel channel = new();
        for (int i = 0; i < 20; i++)
            channel.Answer(() => Item(channel, "x", NetlinkFlags.Multi | NetlinkFlags.DumpInterrupted)).Answer(() => Done(channel));
        SyscallException failure = Assert.Throws<SyscallException>(() => Dump(channel));
        Assert.Equal("EAGAIN", failure.Name);
        Assert.Equal(20, channel.Sent.Count);
    }

    [Fact]
    public void A_dump_that_is_cut_off_is_an_error_and_no_short_list()
    {
        ScriptedChannel channel = new();
        channel.Answer(() => Item(channel, "whole", NetlinkFlags.Multi)).Answer(() => Item(channel, "cut", NetlinkFlags.Multi)[..18]);
        Assert.Equal(BadMessage, Assert.Throws<SyscallException>(() => Dump(channel)).Number);
    }

    [Fact]
    public void A_refusal_carries_the_kernels_own_words()
    {
        ScriptedChannel channel = new();
        channel.Answer(() => Error(channel.LastSequence, -17, "no room at the inn"));
        using NetlinkConnection connection = new(channel);
        SyscallException failure = Assert.Throws<SyscallException>(
            () => connection.Execute(new NetlinkRequest(RouteOperation.NewLink, NetlinkFlags.None, "veth-a")));
        Assert.Equal(("RTM_NEWLINK", "EEXIST", "veth-a", "no room at the inn"), (failure.Syscall, failure.Name, failure.Subject, failure.Detail));
    }

    [Fact]
    public void A_batch_asks_for_one_acknowledgement_and_tells_each_failure()
    {
        ScriptedChannel channel = new();
        channel.Answer(() => Error(channel.LastSequence + 1, -19, "second")).Answer(() => Error(channel.LastSequence + 2, 0, null));
        using NetlinkConnection connection = new(channel);
        NetlinkRequest[] requests = [.. Enumerable.Range(0, 3).Select(_ => new NetlinkRequest(RouteOperation.SetLink, NetlinkFlags.None).Header(default(LinkHeader)))];
        IReadOnlyList<NetlinkError> results = connection.ExecuteBatch(requests);
        Assert.Equal([0, 19, 0], results.Select(r => r.Number));
        Assert.Equal("second", results[1].Message);
        ReadOnlySpan<byte> sent = Assert.Single(channel.Sent);
        List<bool> acknowledged = [];
        while (NetlinkMessage.TryRead(ref sent, out NetlinkMessage message))
            acknowledged.Add(message.Flags.HasFlag(NetlinkFlags.Ack));
        Assert.Equal([false, false, true], acknowledged);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(uint.MaxValue)]
    public void A_message_length_that_cannot_be_is_refused(uint length)
    {
        byte[] received = ScriptedChannel.Message(16, 1, []);
        BitConverter.TryWriteBytes(received, length);
        Assert.Equal(BadMessage, Assert.Throws<SyscallException>(() => ReadAll(received)).Number);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(ushort.MaxValue)]
    public void An_attribute_length_that_cannot_be_is_refused(ushort length)
    {
        byte[] attribute = [0, 0, 3, 0, 1, 2, 3, 4];
        BitConverter.TryWriteBytes(attribute, length);
        Assert.Equal(BadMessage, Assert.Throws<SyscallException>(() => Walk(new NetlinkAttributes(attribute), 0)).Number);
    }

    [Fact]
    public void Whatever_bytes_come_the_reader_ends_with_a_result_or_an_error()
    {
        Random random = new(20260211);
        byte[] sound = ScriptedChannel.Message(16, 1, new NetlinkRequest(RouteOperation.NewLink, NetlinkFlags.None)
            .Header(new LinkHeader { Index = 7 }).AddText(LinkAttribute.Name, "veth-a").AddUInt32(LinkAttribute.Mtu, 1500)
            .AddNest(LinkAttribute.Info, n => n.AddText(LinkAttribute.InfoKind, "veth")).ToBytes(1)[16..].ToArray());
        int refused = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] damaged = [.. sound, .. sound];
            for (int hits = random.Next(1, 6); hits > 0; hits--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0)
                damaged = damaged[..random.Next(damaged.Length)];
            try
            {
                ReadAll(damaged);
            }
            catch (SyscallException failure) when (failure.Number == BadMessage)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 1000, 19_999);
    }

    [Fact]
    public void A_text_with_a_NUL_inside_is_refused_rather_than_cut() =>
        Assert.Equal("EINVAL", Assert.Throws<SyscallException>(
            () => new NetlinkRequest(RouteOperation.NewLink, NetlinkFlags.None).AddText(LinkAttribute.Name, "lo\0x")).Name);

    [Fact]
    public void The_real_kernel_answers_a_dump_a_query_and_a_refusal()
    {
        using NetlinkConnection connection = NetlinkConnection.Open(NetlinkProtocol.Route);
        IReadOnlyList<string> names = connection.Dump(
            new NetlinkRequest(RouteOperation.GetLink, NetlinkFlags.None).Header(default(LinkHeader)), DecodeName);
        Assert.Contains("lo", names);
        string one = connection.Query(
            new NetlinkRequest(RouteOperation.GetLink, NetlinkFlags.None).Header(default(LinkHeader)).AddText(LinkAttribute.Name, "lo"), DecodeName);
        Assert.Equal("lo", one);
        Assert.Equal("ENODEV", Assert.Throws<SyscallException>(() => connection.Query(
            new NetlinkRequest(RouteOperation.GetLink, NetlinkFlags.None).Header(new LinkHeader { Index = int.MaxValue }), DecodeName)).Name);
    }

    private static string? DecodeName(in NetlinkMessage message) =>
        message.Attributes<LinkHeader>().TryFind(LinkAttribute.Name, out NetlinkAttribute name) ? name.ToText() : null;

    private static byte[] Item(ScriptedChannel channel, string text, NetlinkFlags flags) =>
        ScriptedChannel.Message(30, channel.LastSequence, Encoding.ASCII.GetBytes(text), flags);

    private static byte[] Done(ScriptedChannel channel) =>
        ScriptedChannel.Message(NetlinkMessage.Done, channel.LastSequence, s_zero, NetlinkFlags.Multi);

    private static byte[] Error(uint sequence, int result, string? words)
    {
        List<byte> payload = [.. BitConverter.GetBytes(result), .. new byte[16]];
        if (words is not null)
        {
            byte[] text = Encoding.ASCII.GetBytes(words + '\0');
            payload.AddRange([.. BitConverter.GetBytes((ushort)(4 + text.Length)), 1, 0, .. text]);
        }
        return ScriptedChannel.Message(NetlinkMessage.Error, sequence, [.. payload], (NetlinkFlags)(words is null ? 0x100 : 0x300));
    }

    private static IReadOnlyList<string> Dump(ScriptedChannel channel)
    {
        using NetlinkConnection connection = new(channel);
        return connection.Dump(
            new NetlinkRequest(RouteOperation.GetNeighbor, NetlinkFlags.None),
            (in NetlinkMessage message) => Encoding.ASCII.GetString(message.Payload));
    }

    private static void ReadAll(ReadOnlySpan<byte> received)
    {
        while (NetlinkMessage.TryRead(ref received, out NetlinkMessage message))
        {
            if (message.Type == NetlinkMessage.Error)
                _ = NetlinkError.FromError(message);
            else if (message.Type == NetlinkMessage.Done)
                _ = NetlinkError.FromDone(message);
            else
                Walk(message.Attributes<LinkHeader>(), 0);
        }
    }

    private static void Walk(NetlinkAttributes attributes, int depth)
    {
        foreach (NetlinkAttribute attribute in attributes)
        {
            _ = attribute.ToText();
            if (attribute.Type == LinkAttribute.Info && depth == 0)
                Walk(attribute.Nested, depth + 1);
        }
    }
}
