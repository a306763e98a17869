using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Netlink.SocketDiagnostics;
using NsTools.Interop.Syscalls;
using NsTools.Networking;
using NsTools.Networking.Sockets;
using NsTools.Tests.Netlink;
using Xunit;

namespace NsTools.Tests.Networking;

/// <summary>Messages that a kernel sent, damaged: each is decoded, or refused as malformed; nothing else may happen.</summary>
public sealed class DecoderFuzzTests : IDisposable
{
    private const int BadMessage = 74;
    private const int Rounds = 4000;
    private readonly NetworkNamespace _namespace = NetworkNamespace.Open(null);

    [Fact]
    public void Damaged_link_messages() => Fuzz(
        LinkDecoder.DumpRequest(), (in NetlinkMessage message) => LinkDecoder.Decode(message, null));

    [Fact]
    public void Damaged_address_messages() => Fuzz(
        new NetlinkRequest(RouteOperation.GetAddress, NetlinkFlags.None).Header(default(AddressHeader)),
        (in NetlinkMessage message) => AddressDecoder.Decode(message, _namespace));

    [Fact]
    public void Damaged_route_messages() => Fuzz(
        new NetlinkRequest(RouteOperation.GetRoute, NetlinkFlags.None).Header(new RouteHeader { Family = 2 }),
        (in NetlinkMessage message) => RouteDecoder.Decode(message, _namespace));

    [Fact]
    public void A_route_of_several_paths_with_lengths_that_cannot_be()
    {
        byte[] paths = [8, 0, 0, 2, 1, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 8, 0, 5, 0, 10, 0, 0, 1];
        NetlinkRequest request = new NetlinkRequest(RouteOperation.NewRoute, NetlinkFlags.None).Header(new RouteHeader { Family = 2 }).Add(RouteAttribute.MultiPath, paths);
        byte[] sound = request.ToBytes(0)[NetlinkMessage.HeaderLength..].ToArray();
        _namespace.ReadLinkNames();
        NetRoute route = RouteDecoder.Decode(new NetlinkMessage(24, NetlinkFlags.Multi, 1, sound), _namespace)!;
        Assert.Equal([3, 1], route.NextHops.Select(h => h.Weight));
        Assert.Equal("10.0.0.1", route.NextHops[1].NextHop!.ToString());
        Fuzz([sound], (in NetlinkMessage message) => RouteDecoder.Decode(message, _namespace));
    }

    [Fact]
    public void Damaged_neighbour_messages()
    {
        byte[] sound = new NetlinkRequest(RouteOperation.NewNeighbor, NetlinkFlags.None)
            .Header(new NeighborHeader { Family = 2, Index = 1, State = 0x80 })
            .Add(NeighborAttribute.Destination, [10, 0, 0, 1])
            .Add(NeighborAttribute.LinkLayerAddress, [2, 0, 0, 0, 0, 1])
            .Add(NeighborAttribute.Protocol, [12])
            .ToBytes(0)[NetlinkMessage.HeaderLength..].ToArray();
        _namespace.ReadLinkNames();
        NetNeighbor neighbor = NeighborService.Decode(new NetlinkMessage(28, NetlinkFlags.Multi, 1, sound), _namespace)!;
        Assert.Equal(("10.0.0.1", "020000000001", NetRouteProtocol.Bird), (neighbor.IPAddress.ToString(), neighbor.LinkLayerAddress!.ToString(), neighbor.Protocol));
        Fuzz([sound], (in NetlinkMessage message) => NeighborService.Decode(message, _namespace));
    }

    [Fact]
    public void Damaged_socket_messages()
    {
        // One of our own is sure to be there.
        using System.Net.Sockets.Socket listener = new(System.Net.Sockets.AddressFamily.InterNetworkV6, System.Net.Sockets.SocketType.Stream, 0);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.IPv6Loopback, 0));
        listener.Listen();
        using NetlinkConnection diagnostics = NetlinkConnection.Open(NetlinkProtocol.SocketDiagnostics);
        NetlinkRequest request = new NetlinkRequest(InetDiagnosticsRequest.Operation, NetlinkFlags.None)
            .Header(new InetDiagnosticsRequest { Family = 10, Protocol = 6, States = ~0u });
        IReadOnlyList<byte[]> sound = diagnostics.Dump(request, (in NetlinkMessage message) => message.Payload.ToArray());
        Assert.Contains(sound, bytes => SocketEntry.Decode(new NetlinkMessage(20, NetlinkFlags.Multi, 1, bytes)).Local.Equals(listener.LocalEndPoint));
        Fuzz(sound, (in NetlinkMessage message) => SocketEntry.Decode(message));
    }

    [Fact]
    public void A_whole_dump_damaged_is_a_list_or_an_error()
    {
        // The kernel's own datagrams, cut and changed: the connection itself must come to an end with each.
        byte[] sound = [.. _namespace.Connection.Dump(LinkDecoder.DumpRequest(), (in NetlinkMessage message) => new Raw(
            ScriptedChannel.Message(message.Type, 0, message.Payload.ToArray(), NetlinkFlags.Multi))).SelectMany(r => r.Bytes)];
        Random random = new(1704);
        int refused = 0;
        for (int round = 0; round < Rounds / 4; round++)
        {
            ScriptedChannel channel = new();
            channel.Answer(() => Damage(WithSequence(sound, channel.LastSequence), random))
                .Answer(() => ScriptedChannel.Message(NetlinkMessage.Done, channel.LastSequence, new byte[4], NetlinkFlags.Multi));
            try
            {
                using NetlinkConnection connection = new(channel);
                connection.Dump(LinkDecoder.DumpRequest(), (in NetlinkMessage message) => LinkDecoder.Decode(message, null));
            }
            // Another attempt is made where the damage says that the dump was interrupted, and the script has no more answers.
            catch (Exception failure) when (failure is SyscallException or InvalidOperationException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, Rounds / 80, Rounds / 4);
    }

    public void Dispose() => _namespace.Dispose();

    private sealed record Raw(byte[] Bytes);

    private static byte[] WithSequence(byte[] datagram, uint sequence)
    {
        byte[] copy = [.. datagram];
        for (int offset = 0; offset < copy.Length; offset += NetlinkMessage.Align(BitConverter.ToInt32(copy, offset)))
            BitConverter.TryWriteBytes(copy.AsSpan(offset + 8), sequence);
        return copy;
    }

    private static byte[] Damage(byte[] sound, Random random)
    {
        for (int hits = random.Next(1, 8); hits > 0; hits--)
            sound[random.Next(sound.Length)] = (byte)random.Next(256);
        return random.Next(3) == 0 ? sound[..random.Next(1, sound.Length)] : sound;
    }

    private void Fuzz(NetlinkRequest request, NetlinkDecoder<object> decode)
    {
        IReadOnlyList<byte[]> sound = _namespace.Connection.Dump(request, (in NetlinkMessage message) => message.Payload.ToArray());
        Assert.NotEmpty(sound);
        _namespace.ReadLinkNames();
        Fuzz(sound, decode);
    }

    private static void Fuzz(IReadOnlyList<byte[]> sound, NetlinkDecoder<object> decode)
    {
        Random random = new(4711);
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] damaged = [.. sound[random.Next(sound.Count)]];
            for (int hits = random.Next(1, 8); hits > 0; hits--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (random.Next(3) == 0)
                damaged = damaged[..random.Next(damaged.Length)];
            try
            {
                _ = decode(new NetlinkMessage(16, NetlinkFlags.Multi, 1, damaged));
            }
            catch (SyscallException failure) when (failure.Number == BadMessage)
            {
                refused++;
            }
        }
        Assert.InRange(refused, Rounds / 20, Rounds - 1);
    }
}
