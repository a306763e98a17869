using System.Net;
using System.Net.Sockets;
using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Networking;

/// <summary>Which link leads to an address. Equivalent to: <c>ip route get ADDRESS</c>. Only on a <see cref="NetworkThread"/>.</summary>
internal static class OutgoingLink
{
    /// <summary>The link's name.</summary>
    /// <param name="address">The address.</param>
    /// <exception cref="NsToolsException">Nothing leads there (<c>NoRouteToAddress</c>).</exception>
    /// <exception cref="SyscallException">The kernel cannot be asked.</exception>
    public static string Find(IPAddress address)
    {
        using NetlinkConnection connection = NetlinkConnection.Open(NetlinkProtocol.Route);
        try
        {
            Index route = connection.Query(RouteRequest(address), Index.Decode);
            NetlinkRequest request = new NetlinkRequest(RouteOperation.GetLink, NetlinkFlags.None, $"link {route.Number}")
                .Header(new LinkHeader { Index = route.Number });
            return connection.Query(request, (in NetlinkMessage message) =>
                message.Attributes<LinkHeader>().TryFind(LinkAttribute.Name, out NetlinkAttribute name) ? name.ToText() : null);
        }
        catch (SyscallException none) when (none.Name is "ENETUNREACH" or "EHOSTUNREACH" or "ENODEV" or "ENODATA")
        {
            throw new NsToolsException(
                FailureKind.NotFound,
                "NoRouteToAddress",
                $"Nothing leads to {address} from there: {none.Message}",
                "First give this side of the network an address (New-NetIPAddress on the bridge), set it up, then publish.",
                none);
        }
    }

    private static NetlinkRequest RouteRequest(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        RouteHeader header = new()
        {
            Family = (byte)(address.AddressFamily == AddressFamily.InterNetworkV6 ? LibC.AF_INET6 : LibC.AF_INET),
            DestinationLength = (byte)(bytes.Length * 8),
        };
        return new NetlinkRequest(RouteOperation.GetRoute, NetlinkFlags.None, address.ToString())
            .Header(header)
            .Add(RouteAttribute.Destination, bytes);
    }

    private sealed record Index(int Number)
    {
        public static Index? Decode(in NetlinkMessage message) =>
            message.Attributes<RouteHeader>().TryFind(RouteAttribute.OutputInterface, out NetlinkAttribute index) ? new Index(index.ToInt32()) : null;
    }
}
