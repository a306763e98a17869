using System.Net;
using System.Net.Sockets;
using NsTools.Interop.Syscalls;
using NsTools.Networking;
using NsTools.Networking.Nat;

namespace NsTools.Containers.Networks;

/// <summary>
/// The bridge of a network on the host, with the host's addresses on it and its masquerading: made for the first container
/// on it and removed with the last one, so that no network is there that nobody uses. The networks' lock is held meanwhile.
/// </summary>
/// <param name="directories">Where networks are written down.</param>
/// <param name="host">The host's network namespace.</param>
/// <param name="cancellation">Ends waiting for others.</param>
internal sealed class BridgeNetwork(NetworkDirectories directories, NetworkNamespace host, CancellationToken cancellation)
{
    private readonly LinkService _links = new(host);

    /// <summary>Names of the NATs of a network: of its bridge, for each family.</summary>
    public static string NatName(NetworkDocument network, AddressFamily family) =>
        family == AddressFamily.InterNetworkV6 ? network.InterfaceName + ".6" : network.InterfaceName;

    /// <summary>Sees that the bridge is there.</summary>
    /// <param name="network">The network.</param>
    /// <param name="link">The bridge.</param>
    /// <returns>The network, perhaps with other subnets than before: what the host has by now in the way of it.</returns>
    /// <exception cref="NsToolsException">What the network is to have is another's by now (<c>SubnetInUse</c>, <c>BridgeNameInUse</c>).</exception>
    public NetworkDocument Ensure(NetworkDocument network, out NetLink link)
    {
        if (_links.Find(network.InterfaceName) is { } present)
        {
            // Up is the last thing that it gets: what is not up is what a crash has left.
            if (IsOwn(present, network) && present.IsUp)
            {
                link = present;
                return network;
            }
            if (IsOwn(present, network))
                Remove(network);
        }
        using (NetworkPlace place = NetworkPlace.Open(host.Reference))
        {
            // Other stores choose names and subnets, too.
            DirectoryLock.Take(place.Descriptor, host.Description, cancellation);
            network = Settle(network);
            link = Make(network);
        }
        try
        {
            AddNats(network);
            _links.Change(link, new LinkChange { Up = true });
        }
        catch
        {
            Remove(network);
            throw;
        }
        return network;
    }

    /// <summary>Removes the bridge and its masquerading, and the last cable with it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="cable">Name of the host's end of a cable; null for none.</param>
    public void Remove(NetworkDocument network, string? cable = null)
    {
        // The link's name is in the rules: it goes last.
        if (!network.IsInternal)
        {
            new NatService(host.Reference, CancellationToken.None)
                .Remove(new HashSet<string> { NatName(network, AddressFamily.InterNetwork), NatName(network, AddressFamily.InterNetworkV6) });
        }
        IEnumerable<NetLink?> links = [cable is null ? null : _links.Find(cable), _links.Find(network.InterfaceName) is { } link && IsOwn(link, network) ? link : null];
        // A cable goes by itself when its namespace does.
        if (_links.Unlist([.. links.OfType<NetLink>()]).Select(one => one.Failure).FirstOrDefault(one => one is not NsToolsException { ErrorId: "LinkNotFound" }) is { } failure)
            throw failure;
    }

    private NetworkDocument Settle(NetworkDocument network)
    {
        SubnetChooser chooser = new([.. SubnetChooser.TakenBy(host), .. OthersOf(network)]);
        bool isNameTaken = _links.Find(network.InterfaceName) is not null;
        IPNetwork? overlap = network.Subnets.Select(subnet => chooser.FindOverlap(IPNetwork.Parse(subnet.Prefix))).FirstOrDefault(found => found is not null);
        if (!isNameTaken && overlap is null)
            return network;
        if (!network.IsAutomatic)
        {
            throw overlap is { } taken
                ? new NsToolsException(
                    FailureKind.AlreadyExists, "SubnetInUse", $"The network '{network.Name}' cannot be set up: {taken} is on the host already.", "Remove that, or make the network anew with another subnet.")
                : new NsToolsException(
                    FailureKind.AlreadyExists, "BridgeNameInUse", $"The network '{network.Name}' cannot be set up: a link '{network.InterfaceName}' is on the host already.", "Remove that link, or make the network anew with another -InterfaceName.");
        }
        NetworkDocument settled = network with
        {
            InterfaceName = isNameTaken ? ChooseName(name => _links.Find(name) is not null) : network.InterfaceName,
            Subnets = overlap is null
                ? network.Subnets
                : [.. network.Subnets.Select(subnet => IPNetwork.Parse(subnet.Prefix)).Select(prefix => SubnetOf(
                    SubnetChooser.IsIPv6(prefix) ? chooser.ChooseIPv6() : chooser.ChooseIPv4(prefix.PrefixLength <= 16)))],
        };
        directories.Write(settled);
        return settled;
    }

    /// <summary>A bridge's name that nobody has.</summary>
    public static string ChooseName(Func<string, bool> isTaken) =>
        Enumerable.Range(0, int.MaxValue).Select(number => $"nstools{number}").First(name => !isTaken(name));

    /// <summary>A subnet with its first address for the host.</summary>
    public static SubnetDocument SubnetOf(IPNetwork prefix) => new(prefix.ToString(), SubnetChooser.FirstAddress(prefix).ToString());

    /// <summary>The subnets of the other networks of the store.</summary>
    private IEnumerable<IPNetwork> OthersOf(NetworkDocument network) => directories.NetworkNames()
        .Where(name => name != network.Name).Select(directories.ReadNetwork).OfType<NetworkDocument>()
        .SelectMany(other => other.Subnets).Select(subnet => IPNetwork.Parse(subnet.Prefix));

    private NetLink Make(NetworkDocument network)
    {
        NetLink link = _links.Create(new LinkSpecification { Name = network.InterfaceName, Kind = "bridge", Mtu = network.Mtu, Alias = AliasOf(network) });
        try
        {
            AddressService addresses = new(host);
            foreach (SubnetDocument subnet in network.Subnets)
            {
                addresses.Add(link.Index, new AddressSpecification(IPAddress.Parse(subnet.Gateway), IPNetwork.Parse(subnet.Prefix).PrefixLength)
                {
                    NoDuplicateDetection = subnet.Gateway.Contains(':', StringComparison.Ordinal),
                });
            }
            return link;
        }
        catch
        {
            _links.Undo(link);
            throw;
        }
    }

    private void AddNats(NetworkDocument network)
    {
        if (network.IsInternal)
            return;
        NatService nat = new(host.Reference, cancellation);
        foreach (IPNetwork prefix in network.Subnets.Select(subnet => IPNetwork.Parse(subnet.Prefix)))
        {
            string name = NatName(network, prefix.BaseAddress.AddressFamily);
            try
            {
                nat.Add(name, prefix);
            }
            catch (NsToolsException leftover) when (leftover.ErrorId is "NatExists" or "NatPrefixOverlaps" && nat.List().Any(other => other.Name == name))
            {
                // The bridge of that name has gone without its rules.
                nat.Remove(name);
                nat.Add(name, prefix);
            }
        }
    }

    private static bool IsOwn(NetLink link, NetworkDocument network) => link.Kind == "bridge" && link.Alias == AliasOf(network);

    private static string AliasOf(NetworkDocument network) => $"nstools {network.Name} {network.Id}";
}
