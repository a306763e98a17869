using System.Net;

namespace NsTools.Containers.Networks;

/// <summary>Gives addresses of a network out, each to one only; the networks' lock is held meanwhile.</summary>
/// <param name="directories">Where what is in use is written down.</param>
internal sealed class AddressAllocator(NetworkDirectories directories)
{
    // Where so many are taken that follow each other, somebody looks again what is still in use.
    private const int MostTries = 1 << 17;

    /// <summary>Gives a sandbox an address of each subnet.</summary>
    /// <param name="network">The network.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="lease">Whose they are; its addresses are what comes of this.</param>
    /// <returns>The addresses with their prefix lengths.</returns>
    /// <exception cref="NsToolsException">
    /// One that was asked for is in no subnet (<c>AddressOutsideSubnet</c>) or in use (<c>AddressInUse</c>), or none is
    /// left (<c>SubnetExhausted</c>).
    /// </exception>
    public IReadOnlyList<string> Allocate(NetworkDocument network, ContainerNetworkRequest request, Lease lease)
    {
        LeaseTable table = directories.ReadLeases(network.Name);
        HashSet<IPAddress> taken = [.. table.Leases.SelectMany(other => other.Addresses).Select(text => IPAddress.Parse(text))];
        taken.UnionWith(network.Subnets.Select(subnet => IPAddress.Parse(subnet.Gateway)));
        Dictionary<string, string> last = new(table.Last);
        List<IPAddress> wanted = [.. request.Addresses.Select(text => IPAddress.Parse(text))];
        List<IPAddress> given = [];
        List<string> withLengths = [];
        foreach (SubnetDocument subnet in network.Subnets)
        {
            IPNetwork prefix = IPNetwork.Parse(subnet.Prefix);
            IPAddress address;
            if (wanted.FindIndex(prefix.Contains) is >= 0 and var index)
            {
                address = Require(wanted[index], network, prefix, table, taken);
                wanted.RemoveAt(index);
            }
            else
            {
                address = Next(network, prefix, last.GetValueOrDefault(subnet.Prefix), taken);
                last[subnet.Prefix] = address.ToString();
            }
            given.Add(address);
            withLengths.Add($"{address}/{prefix.PrefixLength}");
        }
        if (wanted.Count > 0)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "AddressOutsideSubnet", $"{wanted[0]} is in no subnet of the network '{network.Name}', or a second one of the same.",
                $"Give one address of {string.Join(" and of ", network.Subnets.Select(subnet => subnet.Prefix))}.");
        }
        Lease complete = lease with { Addresses = [.. given.Select(address => address.ToString())] };
        directories.Write(network.Name, table with { Leases = [.. table.Leases, complete], Last = last });
        return withLengths;
    }

    /// <summary>Takes back what a sandbox has of a network.</summary>
    /// <param name="network">The network's name.</param>
    /// <param name="owner">The sandbox.</param>
    public void Release(string network, string owner)
    {
        LeaseTable table = directories.ReadLeases(network);
        LeaseTable left = table with { Leases = [.. table.Leases.Where(lease => lease.Owner != owner)] };
        if (left.Leases.Count < table.Leases.Count)
            directories.Write(network, left);
    }

    private static IPAddress Require(IPAddress address, NetworkDocument network, IPNetwork prefix, LeaseTable table, HashSet<IPAddress> taken)
    {
        UInt128 position = AddressArithmetic.ToNumber(address) - AddressArithmetic.ToNumber(prefix.BaseAddress);
        if (position == 0 || position > AddressArithmetic.CountHosts(prefix))
            throw new NsToolsException(FailureKind.InvalidArgument, "AddressOutsideSubnet", $"{address} is the name or the broadcast address of {prefix}, and no machine's.", $"Give another address of {prefix}.");
        if (!taken.Add(address))
        {
            string owner = table.Leases.FirstOrDefault(lease => lease.Addresses.Contains(address.ToString()))?.Names[0] is { } name ? $"'{name}' has it" : "it is the host's";
            throw new NsToolsException(FailureKind.AlreadyExists, "AddressInUse", $"{address} of the network '{network.Name}' is in use: {owner}.", "Give another address, or none.");
        }
        return address;
    }

    private static IPAddress Next(NetworkDocument network, IPNetwork prefix, string? last, HashSet<IPAddress> taken)
    {
        UInt128 count = AddressArithmetic.CountHosts(prefix);
        UInt128 first = AddressArithmetic.ToNumber(prefix.BaseAddress);
        UInt128 position = last is null ? 0 : AddressArithmetic.ToNumber(IPAddress.Parse(last)) - first;
        UInt128 tries = UInt128.Min(count, MostTries);
        for (UInt128 i = 0; i < tries; i++)
        {
            position = position % count + 1;
            IPAddress address = AddressArithmetic.Add(prefix.BaseAddress, position);
            if (taken.Add(address))
                return address;
        }
        throw new NsToolsException(
            FailureKind.LimitExceeded, "SubnetExhausted", $"No address of {prefix} is left on the network '{network.Name}'.", "Remove containers that are on it, or make a larger network with New-ContainerNetwork.");
    }
}
