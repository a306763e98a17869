using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using NsTools.Networking;

namespace NsTools.Containers.Networks;

/// <summary>Finds networks for bridges that the host does not have yet.</summary>
/// <param name="taken">What it has.</param>
internal sealed class SubnetChooser(IReadOnlyList<IPNetwork> taken)
{
    // Podman's own are 10.88.0.0/16 and, one by one, those from 10.89.0.0/24 on: the two shall not meet at once.
    private const int FirstLarge = 112;
    private const int LastLarge = 119;
    private const int FirstSmall = 120;
    private const int LastSmall = 191;

    /// <summary>What the host has: the networks of its addresses and routes.</summary>
    /// <param name="host">The host's network namespace.</param>
    public static IReadOnlyList<IPNetwork> TakenBy(NetworkNamespace host) =>
    [
        .. new AddressService(host).List().Select(address => NetworkOf(address.IPAddress, address.PrefixLength)),
        .. new RouteService(host).List().Where(route => route.DestinationPrefix.PrefixLength > 0).Select(route => route.DestinationPrefix),
    ];

    /// <summary>The network that an address of it is in.</summary>
    public static IPNetwork NetworkOf(IPAddress address, int length) => new(PrefixText.Mask(PrefixText.WithoutScope(address), length), length);

    /// <summary>What of the host overlaps a network; null for nothing.</summary>
    public IPNetwork? FindOverlap(IPNetwork prefix) => taken.Cast<IPNetwork?>().FirstOrDefault(other => Overlaps(other!.Value, prefix));

    /// <summary>A free IPv4 network.</summary>
    /// <param name="isLarge">True for one of 65,534 addresses as long as there is one, false for 254.</param>
    /// <exception cref="NsToolsException">There is none (<c>NoFreeSubnet</c>).</exception>
    public IPNetwork ChooseIPv4(bool isLarge)
    {
        IEnumerable<IPNetwork> large = Enumerable.Range(FirstLarge, LastLarge - FirstLarge + 1).Select(second => new IPNetwork(new IPAddress([10, (byte)second, 0, 0]), 16));
        IEnumerable<IPNetwork> small = Enumerable.Range(FirstSmall << 8, (LastSmall - FirstSmall + 1) << 8).Select(number => new IPNetwork(new IPAddress([10, (byte)(number >> 8), (byte)number, 0]), 24));
        foreach (IPNetwork candidate in isLarge ? large.Concat(small) : small)
        {
            if (FindOverlap(candidate) is null)
                return candidate;
        }
        throw new NsToolsException(FailureKind.LimitExceeded, "NoFreeSubnet", "No IPv4 network is free for the bridge.", "Give one with -Subnet.");
    }

    /// <summary>A free unique local IPv6 network (RFC 4193, 3.2: 40 random bits).</summary>
    public IPNetwork ChooseIPv6()
    {
        while (true)
        {
            byte[] address = new byte[16];
            RandomNumberGenerator.Fill(address.AsSpan(1, 5));
            address[0] = 0xfd;
            IPNetwork candidate = new(new IPAddress(address), 64);
            if (FindOverlap(candidate) is null)
                return candidate;
        }
    }

    /// <summary>The first address of a network, which the host gets.</summary>
    public static IPAddress FirstAddress(IPNetwork prefix) => AddressArithmetic.Add(prefix.BaseAddress, 1);

    /// <summary>Whether two networks share addresses.</summary>
    public static bool Overlaps(IPNetwork one, IPNetwork other) =>
        one.BaseAddress.AddressFamily == other.BaseAddress.AddressFamily && (one.Contains(other.BaseAddress) || other.Contains(one.BaseAddress));

    /// <summary>True for IPv6.</summary>
    public static bool IsIPv6(IPNetwork prefix) => prefix.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
}
