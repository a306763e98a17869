using System.Net;
using NsTools.Networking.Nat;

namespace NsTools.Containers.Networks;

/// <summary>The published ports of what is on networks.</summary>
/// <param name="directories">Where all that is written down.</param>
internal sealed class SandboxPorts(NetworkDirectories directories)
{
    /// <summary>Makes sure that ports are free, before anything is made; those without a host's port get one.</summary>
    public IReadOnlyList<ContainerPort> Settle(IReadOnlyList<ContainerPort> ports, bool ownRules = true)
    {
        if (ports.Count == 0)
            return [];
        SandboxDocument[] others = [.. directories.SandboxIds().Select(directories.ReadSandbox).OfType<SandboxDocument>()];
        return new HostPorts(
            // An ordinary user may not read the host's rules, and a helper listens itself.
            ownRules ? new NatService(null, CancellationToken.None).ListMappings() : [],
            [.. others.Where(other => other.Helper is not null).SelectMany(other => other.Ports.Select(port => (port.ToPort(), other.Name)))],
            mapping => Array.Find(others, other => other.Ports.Any(port => IsOf(mapping, other, port)))?.Name).Settle(ports);
    }

    /// <summary>Publishes the ports through the first network that leads out.</summary>
    public void Publish(SandboxDocument sandbox, CancellationToken cancellation)
    {
        AttachmentDocument? way = sandbox.Attachments.FirstOrDefault(one => directories.ReadNetwork(one.Network) is { IsInternal: false });
        if (way is null)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "InternalNetworkPublishes", $"'{sandbox.Name}' is on internal networks alone: no port of it can be published.", "Put it on another network first, or make the network without -Internal.");
        }
        NetworkDocument network = directories.ReadNetwork(way.Network)!;
        NatService nat = new(null, cancellation);
        foreach (IPAddress inside in way.Addresses.Select(text => IPAddress.Parse(text.Split('/')[0])))
        {
            bool isIPv6 = inside.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
            (NetNatProtocol, IPEndPoint, IPEndPoint)[] ports =
            [
                .. sandbox.Ports.Select(port => port.ToPort())
                    // All addresses are those of IPv6, too, where the container has one.
                    .Select(port => isIPv6 && port.HostAddress.Equals(IPAddress.Any) ? port with { HostAddress = IPAddress.IPv6Any } : port)
                    .Where(port => port.HostAddress.AddressFamily == inside.AddressFamily).Distinct()
                    .Select(port => (port.Protocol, port.HostEndPoint, new IPEndPoint(inside, port.Port))),
            ];
            if (ports.Length > 0)
                nat.AddMappings(BridgeNetwork.NatName(network, inside.AddressFamily), ports);
        }
        if (sandbox.Ports.Select(port => IPAddress.Parse(port.HostAddress)).FirstOrDefault(address => !way.Addresses.Any(own => IPAddress.Parse(own.Split('/')[0]).AddressFamily == address.AddressFamily)) is { } unreachable)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "AddressFamilyMismatch", $"The network '{way.Network}' has no address of the family of {unreachable}, so nothing can be published on that.", "Make the network with -IPv6, or publish on an address of the other family.");
        }
    }

    /// <summary>Ends that.</summary>
    public static void Unpublish(SandboxDocument sandbox)
    {
        if (sandbox.Attachments.Any(attachment => attachment.CniConfiguration is null))
            new NatService(null, CancellationToken.None).RemoveMappings(mapping => sandbox.Ports.Any(port => IsOf(mapping, sandbox, port)));
    }

    private static bool IsOf(NetNatStaticMapping mapping, SandboxDocument sandbox, PortDocument port) =>
        mapping.ExternalPort == port.HostPort && mapping.InternalPort == port.Port && mapping.Protocol == port.Protocol
        && sandbox.Attachments.SelectMany(attachment => attachment.Addresses).Any(address => address.Split('/')[0] == mapping.InternalIPAddress.ToString());
}
