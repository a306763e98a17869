using NsTools.Interop.Syscalls;

namespace NsTools.Networking;

/// <summary>Reads the ports of the bridges of a network namespace.</summary>
/// <param name="networkNamespace">The namespace.</param>
public sealed class BridgePortService(NetworkNamespace networkNamespace)
{
    /// <summary>All ports of all bridges, by index. Equivalent to <c>bridge -d link</c>.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SyscallException">The kernel did not answer.</exception>
    public IReadOnlyList<NetBridgePort> List(CancellationToken cancellationToken = default) =>
        [.. new LinkService(networkNamespace).List(cancellationToken).Where(IsPort).Select(FromLink)];

    /// <summary>True for a link that is the port of a bridge.</summary>
    /// <param name="link">The link.</param>
    public static bool IsPort(NetLink link) => link.PortKind == "bridge";

    /// <summary>The port that a link is.</summary>
    /// <param name="link">The link.</param>
    public static NetBridgePort FromLink(NetLink link)
    {
        IReadOnlyDictionary<string, object> options = link.PortOptions;
        bool Flag(string name) => options.TryGetValue(name, out object? value) && value is true;
        long Number(string name) => options.TryGetValue(name, out object? value) ? Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture) : 0;
        return new NetBridgePort
        {
            InterfaceName = link.Name,
            InterfaceIndex = link.Index,
            Bridge = link.Master,
            BridgeIndex = link.MasterIndex,
            State = (NetBridgePortState)Number("State"),
            Priority = (int)Number("Priority"),
            Cost = Number("Cost"),
            Hairpin = Flag("Hairpin"),
            Guard = Flag("Guard"),
            RootBlock = Flag("RootBlock"),
            FastLeave = Flag("FastLeave"),
            Learning = Flag("Learning"),
            Flood = Flag("Flood"),
            MulticastFlood = Flag("MulticastFlood"),
            BroadcastFlood = Flag("BroadcastFlood"),
            MulticastRouter = (int)Number("MulticastRouter"),
            MulticastToUnicast = Flag("MulticastToUnicast"),
            NeighborSuppression = Flag("NeighborSuppression"),
            VlanTunnel = Flag("VlanTunnel"),
            Isolated = Flag("Isolated"),
            Locked = Flag("Locked"),
            Namespace = link.Namespace,
        };
    }
}
