using System.Net;
using System.Net.Sockets;
using NsTools.Networking.Nat;

namespace NsTools.Containers.Networks;

/// <summary>Finds out, before anything is started, whether ports of the host are free, and chooses free ones.</summary>
/// <param name="mappings">What is published already.</param>
/// <param name="listening">What helpers of other containers listen on, and the containers' names.</param>
/// <param name="ownerOf">Name of the container that a published port is of; null for none of ours.</param>
internal sealed class HostPorts(IReadOnlyList<NetNatStaticMapping> mappings, IReadOnlyList<(ContainerPort Port, string Owner)> listening, Func<NetNatStaticMapping, string?> ownerOf)
{
    // socket(7): sys/socket.h of every architecture of ours.
    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;
    private const int MostTries = 100;

    /// <summary>Makes sure that ports are free; those without a host's port get one.</summary>
    /// <param name="ports">The ports.</param>
    /// <exception cref="NsToolsException">One is in use (<c>PortInUse</c>), or the address is none of the host's (<c>HostAddressNotFound</c>).</exception>
    public IReadOnlyList<ContainerPort> Settle(IReadOnlyList<ContainerPort> ports)
    {
        List<ContainerPort> settled = [];
        foreach (ContainerPort port in ports)
        {
            ContainerPort one = port.HostPort == 0 ? Choose(port, settled) : port;
            if (settled.Find(other => Collide(other, one)) is not null)
                throw InUse(one, "it is published twice");
            if (port.HostPort != 0 && mappings.FirstOrDefault(mapping => Collides(mapping, one)) is { } mapping)
                throw InUse(one, ownerOf(mapping) is { } owner ? $"the container '{owner}' has it" : $"mapping {mapping.StaticMappingID} has it, {mapping}");
            if (listening.FirstOrDefault(other => Collide(other.Port, one)).Owner is { } listener)
                throw InUse(one, $"the container '{listener}' has it");
            TryListen(one);
            settled.Add(one);
        }
        return settled;
    }

    private ContainerPort Choose(ContainerPort port, List<ContainerPort> settled)
    {
        for (int i = 0; i < MostTries; i++)
        {
            using Socket socket = Open(port);
            socket.Bind(new IPEndPoint(port.HostAddress, 0));
            ContainerPort chosen = port with { HostPort = ((IPEndPoint)socket.LocalEndPoint!).Port };
            if (!settled.Exists(other => Collide(other, chosen)) && !mappings.Any(mapping => Collides(mapping, chosen)))
                return chosen;
        }
        throw new NsToolsException(FailureKind.LimitExceeded, "NoFreePort", $"No free port was found on {port.HostAddress} for {port.Port}.", "Give one.");
    }

    private static void TryListen(ContainerPort port)
    {
        try
        {
            using Socket socket = Open(port);
            // Connections that are over keep a port for a minute; only a listener counts (socket(7), SO_REUSEADDR).
            if (port.Protocol == NetNatProtocol.Tcp)
                socket.SetRawSocketOption(SocketLevel, ReuseAddress, BitConverter.GetBytes(1));
            socket.Bind(port.HostEndPoint);
            if (port.Protocol == NetNatProtocol.Tcp)
                socket.Listen(1);
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw InUse(port, "a socket of the host has it");
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.AddressNotAvailable)
        {
            throw new NsToolsException(FailureKind.NotFound, "HostAddressNotFound", $"{port.HostAddress} is no address of this host.", "Get-NetIPAddress shows those that it has; without an address a port is published on all.", failure);
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.AccessDenied)
        {
            throw new NsToolsException(FailureKind.PermissionDenied, "PortAccessDenied", $"You may not publish {port.Protocol} port {port.HostPort}: it is below net.ipv4.ip_unprivileged_port_start.", "Choose a port from 1024 on, or run as root.", failure);
        }
    }

    private static Socket Open(ContainerPort port)
    {
        Socket socket = new(port.HostAddress.AddressFamily, port.Protocol == NetNatProtocol.Tcp ? SocketType.Stream : SocketType.Dgram, ProtocolType.Unspecified);
        if (port.HostAddress.AddressFamily == AddressFamily.InterNetworkV6)
            socket.DualMode = false;
        return socket;
    }

    private static bool Collide(ContainerPort one, ContainerPort other) =>
        one.Protocol == other.Protocol && one.HostPort == other.HostPort && one.HostAddress.AddressFamily == other.HostAddress.AddressFamily
        && (one.HostAddress.Equals(other.HostAddress) || IsAny(one.HostAddress) || IsAny(other.HostAddress));

    private static bool Collides(NetNatStaticMapping mapping, ContainerPort port) => NatService.Collides(mapping, port.Protocol, port.HostEndPoint);

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static NsToolsException InUse(ContainerPort port, string why) => new(
        FailureKind.AlreadyExists, "PortInUse", $"{port.Protocol} port {port.HostEndPoint} cannot be published: {why}.", "Choose another port or address, or end what has it.");
}
