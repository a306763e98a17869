using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using NsTools.Containers.Networks.Cni;
using NsTools.Hosts;
using NsTools.Networking;

namespace NsTools.Containers.Networks;

/// <summary>The networks that containers can be on: those made here, and those of the host's CNI configurations.</summary>
public sealed partial class ContainerNetworkStore
{
    /// <summary>Name of the network of containers that are not told another; made when the first needs it.</summary>
    public const string DefaultName = "nstools";

    private readonly NetworkDirectories _directories;

    internal ContainerNetworkStore(NetworkDirectories directories) => _directories = directories;

    /// <summary>The calling user's, at this moment's directories.</summary>
    public static ContainerNetworkStore Current => new(new NetworkDirectories(RuntimeDirectories.DataRoot, RuntimeDirectories.RunRoot));

    /// <summary>All networks, by name; the default one only once it has been made.</summary>
    public IReadOnlyList<ContainerNetwork> List()
    {
        List<ContainerNetwork> networks = [.. _directories.NetworkNames().Select(_directories.ReadNetwork).OfType<NetworkDocument>().Select(Describe)];
        networks.AddRange(CniConfiguration.List().Where(plugin => networks.TrueForAll(own => own.Name != plugin.Name)).Select(Describe));
        return [.. networks.OrderBy(network => network.Name, StringComparer.Ordinal)];
    }

    /// <summary>The network of a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="NsToolsException">There is none (<c>ContainerNetworkNotFound</c>).</exception>
    public ContainerNetwork Get(string name) => Find(name) switch
    {
        { Bridge: { } bridge } => Describe(bridge),
        { Cni: { } plugin } => Describe(plugin),
        _ => throw NotFound(name),
    };

    /// <summary>The failure that there is no such network.</summary>
    /// <param name="name">The name.</param>
    public static NsToolsException NotFound(string name) => new(
        FailureKind.NotFound, "ContainerNetworkNotFound", $"There is no network '{name}' for containers.", "Get-ContainerNetwork shows those that there are; New-ContainerNetwork makes one.");

    /// <summary>Makes a network; its bridge comes with the first container on it.</summary>
    /// <param name="options">What it is to be.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">
    /// The name cannot be one (<c>InvalidContainerNetworkName</c>) or is taken (<c>ContainerNetworkExists</c>), a subnet or
    /// bridge name is in use (<c>SubnetInUse</c>, <c>BridgeNameInUse</c>), a gateway is in no subnet (<c>AddressOutsideSubnet</c>).
    /// </exception>
    public ContainerNetwork Create(ContainerNetworkOptions options, CancellationToken cancellation)
    {
        using SafeFileHandle held = _directories.Lock(cancellation);
        return Describe(Make(options, cancellation));
    }

    /// <summary>Removes a network.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isForced">Whether containers that are on it are taken off.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">It is not there, in use (<c>ContainerNetworkInUse</c>), or none of ours (<c>ContainerNetworkNotOwn</c>).</exception>
    public void Remove(string name, bool isForced, CancellationToken cancellation)
    {
        ContainerNetwork network = Get(name);
        if (network.Driver == ContainerNetworkDriver.Cni)
            throw new NsToolsException(FailureKind.InvalidState, "ContainerNetworkNotOwn", $"The network '{name}' is the host's: it is configured in '{network.Path}'.", "Remove that file, if nobody else needs it.");
        NetworkSandboxes sandboxes = new(_directories);
        foreach (string owner in _directories.ReadLeases(name).Leases.Select(lease => lease.Owner).ToArray())
        {
            if (!isForced)
                throw new NsToolsException(FailureKind.InvalidState, "ContainerNetworkInUse", $"The network '{name}' is in use by {string.Join(", ", network.Containers)}.", "Stop them or take them off with Disconnect-ContainerNetwork; Remove-ContainerNetwork -Force does the latter.");
            sandboxes.Disconnect(owner, name, cancellation);
        }
        using SafeFileHandle held = _directories.Lock(cancellation);
        if (_directories.ReadLeases(name).Leases.Count > 0)
            throw new NsToolsException(FailureKind.InvalidState, "ContainerNetworkInUse", $"The network '{name}' has been taken into use meanwhile.", "Try again.");
        File.Delete(_directories.NetworkFile(name));
        _directories.DeleteLeases(name);
    }

    /// <summary>What a request means; the default network is made where it is missing. The networks' lock is held.</summary>
    /// <exception cref="NsToolsException">There is no such network (<c>ContainerNetworkNotFound</c>).</exception>
    internal ResolvedNetwork Resolve(ContainerNetworkRequest request, CancellationToken cancellation)
    {
        if (Find(request.Network) is { } found)
            return found with { Request = request };
        return request.Network == DefaultName
            ? new ResolvedNetwork(request, Make(new ContainerNetworkOptions { Name = DefaultName }, cancellation), null)
            : throw NotFound(request.Network);
    }

    /// <summary>Makes sure that there is such a network, or will be.</summary>
    internal void Require(string name)
    {
        if (name != DefaultName && Find(name) is null)
            throw NotFound(name);
    }

    private ResolvedNetwork? Find(string name)
    {
        ContainerNetworkRequest request = new(name);
        if (Form().IsMatch(name) && _directories.ReadNetwork(name) is { } document)
            return new ResolvedNetwork(request, document, null);
        return CniConfiguration.Find(name) is { } plugin ? new ResolvedNetwork(request, null, plugin) : null;
    }

    private NetworkDocument Make(ContainerNetworkOptions options, CancellationToken cancellation)
    {
        string name = options.Name;
        if (!Form().IsMatch(name) || name is "none" or "host" or "bridge" or "default" or "container" or "ns")
            throw new NsToolsException(FailureKind.InvalidArgument, "InvalidContainerNetworkName", $"'{name}' cannot be the name of a network.", "Use 1 to 128 letters, digits, '_', '.' and '-', beginning with a letter or digit; none, host, bridge, default, container and ns mean something else.");
        if (Find(name) is not null)
            throw new NsToolsException(FailureKind.AlreadyExists, "ContainerNetworkExists", $"A network named '{name}' exists already.", "Choose another name, or remove that one with Remove-ContainerNetwork.");
        using NetworkNamespace host = NetworkNamespace.Open(null);
        NetworkDocument[] others = [.. _directories.NetworkNames().Select(_directories.ReadNetwork).OfType<NetworkDocument>()];
        HashSet<string> links = [.. new LinkService(host).List(cancellation).Select(link => link.Name), .. others.Select(other => other.InterfaceName)];
        if (options.InterfaceName is { } wanted && links.Contains(LinkNames.Check(wanted)))
            throw new NsToolsException(FailureKind.AlreadyExists, "BridgeNameInUse", $"A link '{wanted}' is there already.", "Choose another -InterfaceName, or leave it out.");
        SubnetChooser chooser = new([.. SubnetChooser.TakenBy(host), .. others.SelectMany(other => other.Subnets).Select(subnet => IPNetwork.Parse(subnet.Prefix))]);
        List<IPNetwork> prefixes = [.. options.Subnets];
        if (prefixes.Find(prefix => chooser.FindOverlap(prefix) is not null) is { PrefixLength: > 0 } taken)
            throw new NsToolsException(FailureKind.AlreadyExists, "SubnetInUse", $"The subnet {taken} overlaps {chooser.FindOverlap(taken)}, which the host or another network has.", "Give another subnet, or none.");
        if (!prefixes.Exists(prefix => !SubnetChooser.IsIPv6(prefix)) && options.Subnets.Count == 0)
            prefixes.Insert(0, chooser.ChooseIPv4(isLarge: name == DefaultName));
        if (options.HasIPv6 && !prefixes.Exists(SubnetChooser.IsIPv6))
            prefixes.Add(chooser.ChooseIPv6());
        NetworkDocument document = new()
        {
            Name = name,
            Id = Guid.NewGuid().ToString("N"),
            InterfaceName = options.InterfaceName ?? BridgeNetwork.ChooseName(links.Contains),
            IsAutomatic = options.Subnets.Count == 0 && options.InterfaceName is null,
            Subnets = SubnetsOf(prefixes, options.Gateways),
            IsInternal = options.IsInternal,
            Mtu = options.Mtu,
            Labels = options.Labels,
            Created = DateTimeOffset.UtcNow,
        };
        _directories.Write(document);
        return document;
    }

    private static SubnetDocument[] SubnetsOf(List<IPNetwork> prefixes, IReadOnlyList<IPAddress> gateways)
    {
        if (prefixes.GroupBy(SubnetChooser.IsIPv6).Any(family => family.Count() > 1))
            throw new NsToolsException(FailureKind.InvalidArgument, "TooManySubnets", "A network has one IPv4 and one IPv6 subnet at most.", "Make two networks; a container can be on both.");
        if (prefixes.Find(prefix => AddressArithmetic.CountHosts(prefix) < 2) is { PrefixLength: > 0 } small)
            throw new NsToolsException(FailureKind.InvalidArgument, "SubnetTooSmall", $"{small} has no room for the host and a container.", "Give a subnet such as 10.1.2.0/24.");
        if (gateways.FirstOrDefault(gateway => !prefixes.Exists(prefix => prefix.Contains(gateway) && !prefix.BaseAddress.Equals(gateway))) is { } outside)
            throw new NsToolsException(FailureKind.InvalidArgument, "AddressOutsideSubnet", $"The gateway {outside} is in none of the subnets {string.Join(", ", prefixes)}.", "Give an address of a subnet.");
        return [.. prefixes.Select(prefix => gateways.FirstOrDefault(prefix.Contains) is { } gateway ? new SubnetDocument(prefix.ToString(), gateway.ToString()) : BridgeNetwork.SubnetOf(prefix))];
    }

    private ContainerNetwork Describe(NetworkDocument document) => new()
    {
        Name = document.Name,
        Driver = ContainerNetworkDriver.Bridge,
        InterfaceName = document.InterfaceName,
        // An array: PowerShell's [n] does not find the indexer of other read-only lists.
        Subnets = [.. document.Subnets.Select(subnet => new ContainerSubnet(IPNetwork.Parse(subnet.Prefix), IPAddress.Parse(subnet.Gateway)))],
        IsInternal = document.IsInternal,
        Mtu = document.Mtu,
        Created = document.Created,
        Labels = document.Labels,
        Containers = [.. UsersOf(document.Name)],
        Path = _directories.NetworkFile(document.Name),
    };

    private ContainerNetwork Describe(CniConfiguration plugin) => new()
    {
        Name = plugin.Name,
        Driver = ContainerNetworkDriver.Cni,
        Containers = [.. UsersOf(plugin.Name)],
        Path = plugin.Path,
    };

    private string[] UsersOf(string name) => [.. _directories.ReadLeases(name).Leases.Select(lease => lease.Names[0])];

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\z")]
    private static partial Regex Form();
}

/// <summary>What a new network is to be.</summary>
public sealed record ContainerNetworkOptions
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it has its addresses from; none for one of our choice.</summary>
    public IReadOnlyList<IPNetwork> Subnets { get; init; } = [];

    /// <summary>The host's addresses there; the first of each subnet where none is given.</summary>
    public IReadOnlyList<IPAddress> Gateways { get; init; } = [];

    /// <summary>True for IPv6 addresses, too.</summary>
    public bool HasIPv6 { get; init; }

    /// <summary>True for a network that leads nowhere else.</summary>
    public bool IsInternal { get; init; }

    /// <summary>Name of the bridge; null for one of our choice.</summary>
    public string? InterfaceName { get; init; }

    /// <summary>MTU of its links in bytes; null for the kernel's.</summary>
    public long? Mtu { get; init; }

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>A request with the network that it means, of one of the two kinds.</summary>
internal sealed record ResolvedNetwork(ContainerNetworkRequest Request, NetworkDocument? Bridge, CniConfiguration? Cni);
