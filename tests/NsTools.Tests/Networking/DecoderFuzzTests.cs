using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Syscalls;
using NsTools.Networking;
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

    public void Dispose() => _namespace.Dispose();

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
