using System.Net;
using System.Net.Sockets;
using NsTools.Interop.Syscalls;

namespace NsTools.Networking;

/// <summary>Puts together what links, addresses and routes say of each link.</summary>
/// <param name="networkNamespace">The namespace.</param>
public sealed class IPConfigurationService(NetworkNamespace networkNamespace)
{
    /// <summary>A configuration for each link, by index.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SyscallException">The kernel did not answer.</exception>
    public IReadOnlyList<NetIPConfiguration> List(CancellationToken cancellationToken = default)
    {
        ILookup<int, NetIPAddress> addresses = new AddressService(networkNamespace).List(cancellationToken: cancellationToken).ToLookup(a => a.InterfaceIndex);
        List<NetRoute> defaults = [.. new RouteService(networkNamespace).List(cancellationToken: cancellationToken)
            .Where(r => r.IsDefault && r.Type == NetRouteType.Unicast).OrderBy(r => r.RouteMetric)];
        return
        [
            .. new LinkService(networkNamespace).List(cancellationToken).Select(link => new NetIPConfiguration
            {
                Link = link,
                IPv4Address = [.. addresses[link.Index].Where(a => a.AddressFamily == AddressFamily.InterNetwork)],
                IPv6Address = [.. addresses[link.Index].Where(a => a.AddressFamily == AddressFamily.InterNetworkV6)],
                IPv4DefaultGateway = [.. Gateways(defaults, link.Index, AddressFamily.InterNetwork)],
                IPv6DefaultGateway = [.. Gateways(defaults, link.Index, AddressFamily.InterNetworkV6)],
            }),
        ];
    }

    private static List<IPAddress> Gateways(List<NetRoute> defaults, int index, AddressFamily family) =>
    [
        .. defaults.Where(r => r.AddressFamily == family)
            .SelectMany(r => r.NextHops.Count > 0 ? r.NextHops : [new NetRouteHop { NextHop = r.NextHop, InterfaceIndex = r.InterfaceIndex }])
            .Where(h => h.InterfaceIndex == index && h.NextHop is not null)
            .Select(h => h.NextHop!),
    ];
}
