using System.Net.NetworkInformation;
using NsTools.Interop.Syscalls;

namespace NsTools.Networking;

/// <summary>A virtual cable to be made.</summary>
/// <param name="Name">Name of the first end.</param>
/// <param name="PeerName">Name of the other end.</param>
public sealed record VethSpecification(string Name, string PeerName)
{
    /// <summary>Index of the bridge that the first end is plugged into; 0 for none.</summary>
    public int MasterIndex { get; init; }

    /// <summary>Addresses of the first end.</summary>
    public IReadOnlyList<AddressSpecification> Addresses { get; init; } = [];

    /// <summary>Addresses of the other end.</summary>
    public IReadOnlyList<AddressSpecification> PeerAddresses { get; init; } = [];

    /// <summary>Hardware address of the first end; null for one that the kernel makes up.</summary>
    public PhysicalAddress? HardwareAddress { get; init; }

    /// <summary>Hardware address of the other end; null for one that the kernel makes up.</summary>
    public PhysicalAddress? PeerHardwareAddress { get; init; }

    /// <summary>MTU of both ends in bytes; null for the default.</summary>
    public long? Mtu { get; init; }

    /// <summary>True to switch both ends on.</summary>
    public bool IsUp { get; init; }
}

/// <summary>Makes virtual cables between network namespaces.</summary>
public static class VethService
{
    /// <summary>
    /// Makes a cable: one request for both ends with their names, namespaces and bridge, then the addresses and the
    /// state; when one of those fails, the cable is taken back. Equivalent to <c>ip link add NAME [netns NS] type veth peer name PEER
    /// netns PEERNS</c>, <c>ip link set NAME master BRIDGE up</c> and <c>ip address add …</c> on both sides.
    /// </summary>
    /// <param name="here">Where the first end is.</param>
    /// <param name="there">Where the other end is; the same object for the same namespace.</param>
    /// <param name="cable">The cable.</param>
    /// <exception cref="NsToolsException">A name cannot be, or the kernel has no veth.</exception>
    /// <exception cref="SyscallException">The kernel refused something; no link is left.</exception>
    public static VethPair Create(NetworkNamespace here, NetworkNamespace there, VethSpecification cable)
    {
        LinkService links = new(here);
        NetLink link = links.Create(new LinkSpecification
        {
            Name = cable.Name,
            Kind = "veth",
            MasterIndex = cable.MasterIndex,
            Mtu = cable.Mtu,
            HardwareAddress = cable.HardwareAddress,
            // Switched on last: a bridge takes a port that is down in a third of the time.
            Peer = new LinkPeer(cable.PeerName, ReferenceEquals(here, there) ? null : there) { HardwareAddress = cable.PeerHardwareAddress },
        });
        try
        {
            LinkService peerLinks = new(there);
            // Enough of it for what follows; the whole of it is read once, at the end.
            NetLink peer = new() { Name = cable.PeerName, Index = link.PeerIndex };
            there.Remember(peer.Index, peer.Name);
            AddAll(here, link, cable.Addresses);
            AddAll(there, peer, cable.PeerAddresses);
            if (cable.IsUp)
            {
                links.SwitchOn(ReferenceEquals(here, there) ? [link, peer] : [link]);
                if (!ReferenceEquals(here, there))
                    peerLinks.SwitchOn([peer]);
                link = links.Get(new LinkReference { Index = link.Index });
            }
            return new VethPair(link, peerLinks.Get(new LinkReference { Index = link.PeerIndex }));
        }
        catch
        {
            links.Undo(link);
            throw;
        }
    }

    private static void AddAll(NetworkNamespace networkNamespace, NetLink link, IReadOnlyList<AddressSpecification> addresses)
    {
        AddressService service = new(networkNamespace);
        foreach (AddressSpecification address in addresses)
            service.Add(link.Index, address);
    }
}
