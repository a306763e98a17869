using NsTools.Interop.Syscalls;

namespace NsTools.Networking;

/// <summary>
/// Makes virtual cables between network namespaces, many at a time: they are switched on together at the end. A link
/// that comes up sets the kernel to work (address autoconfiguration, the bridge's port states) which holds the same lock
/// as the next request, so that switching on one by one takes more than twice as long.
/// </summary>
public sealed class VethBuilder
{
    // From here on reading all links of a namespace costs less than reading each.
    private const int ManyLinks = 8;
    private List<Cable> _made = [];

    /// <summary>
    /// Makes a cable: one request for both ends with their names, namespaces and bridge, then the addresses; when one of
    /// those fails, the cable is taken back. Equivalent to <c>ip link add NAME [netns NS] type veth peer name PEER
    /// netns PEERNS</c>, <c>ip link set NAME master BRIDGE</c> and <c>ip address add …</c> on both sides.
    /// </summary>
    /// <param name="here">Where the first end is.</param>
    /// <param name="there">Where the other end is; the same object for the same namespace.</param>
    /// <param name="cable">The cable.</param>
    /// <exception cref="NsToolsException">A name cannot be, or the kernel has no veth.</exception>
    /// <exception cref="SyscallException">The kernel refused something; no link is left.</exception>
    public void Add(NetworkNamespace here, NetworkNamespace there, VethSpecification cable)
    {
        LinkService links = new(here);
        NetLink link = links.Create(new LinkSpecification
        {
            Name = cable.Name,
            Kind = "veth",
            MasterIndex = cable.MasterIndex,
            Mtu = cable.Mtu,
            HardwareAddress = cable.HardwareAddress,
            Peer = new LinkPeer(cable.PeerName, ReferenceEquals(here, there) ? null : there) { HardwareAddress = cable.PeerHardwareAddress },
        });
        try
        {
            // Enough of it for what follows; the whole of it is read once, at the end.
            NetLink peer = new() { Name = cable.PeerName, Index = link.PeerIndex, Kind = link.Kind };
            there.Remember(peer.Index, peer.Name);
            AddAll(here, link, cable.Addresses);
            AddAll(there, peer, cable.PeerAddresses);
            _made.Add(new Cable(here, link, there, peer, cable.IsUp));
        }
        catch
        {
            links.Undo(link);
            throw;
        }
    }

    /// <summary>Switches on what shall be on, and reads what came of it.</summary>
    /// <returns>In the order in which they were made, the cables; or why one could not be switched on, which is then taken back.</returns>
    public IReadOnlyList<(string Name, VethPair? Pair, Exception? Failure)> Finish()
    {
        List<Cable> made = _made;
        _made = [];
        Dictionary<Cable, Exception> failures = SwitchOn(made);
        foreach (Cable failed in failures.Keys)
            new LinkService(failed.Here).Undo(failed.Link);
        Dictionary<NetworkNamespace, Func<int, NetLink>> readers = made.SelectMany(c => new[] { c.Here, c.There })
            .GroupBy(n => n).ToDictionary(g => g.Key, g => Reader(g.Key, g.Count()));
        return [.. made.Select(c => failures.TryGetValue(c, out Exception? failure) ? (c.Link.Name, null, failure) : Read(c, readers))];
    }

    /// <summary>Takes back what was made and not finished.</summary>
    public void Abandon()
    {
        foreach (IGrouping<NetworkNamespace, Cable> group in _made.GroupBy(c => c.Here))
            new LinkService(group.Key).Remove([.. group.Select(c => c.Link)]);
        _made = [];
    }

    private static Dictionary<Cable, Exception> SwitchOn(List<Cable> made)
    {
        Dictionary<Cable, Exception> failures = [];
        IEnumerable<(Cable Cable, NetworkNamespace Where, NetLink Link)> ends = made.Where(c => c.IsUp)
            .SelectMany(c => new[] { (c, c.Here, c.Link), (c, c.There, c.Peer) });
        foreach (var group in ends.GroupBy(e => e.Where))
        {
            List<(Cable Cable, NetworkNamespace Where, NetLink Link)> members = [.. group];
            IReadOnlyList<Exception?> results = new LinkService(group.Key).SwitchOn([.. members.Select(m => m.Link)]);
            for (int i = 0; i < members.Count; i++)
            {
                if (results[i] is { } failure)
                    failures.TryAdd(members[i].Cable, failure);
            }
        }
        return failures;
    }

    private static Func<int, NetLink> Reader(NetworkNamespace networkNamespace, int count)
    {
        LinkService service = new(networkNamespace);
        if (count < ManyLinks)
            return index => service.Get(new LinkReference { Index = index });
        Dictionary<int, NetLink> links = service.List().ToDictionary(l => l.Index);
        return index => links.TryGetValue(index, out NetLink? link) ? link : service.Get(new LinkReference { Index = index });
    }

    private static (string Name, VethPair? Pair, Exception? Failure) Read(Cable cable, Dictionary<NetworkNamespace, Func<int, NetLink>> readers)
    {
        try
        {
            return (cable.Link.Name, new VethPair(readers[cable.Here](cable.Link.Index), readers[cable.There](cable.Peer.Index)), null);
        }
        catch (NsToolsException gone) when (gone.ErrorId == "LinkNotFound")
        {
            return (cable.Link.Name, null, gone);
        }
    }

    private static void AddAll(NetworkNamespace networkNamespace, NetLink link, IReadOnlyList<AddressSpecification> addresses)
    {
        AddressService service = new(networkNamespace);
        foreach (AddressSpecification address in addresses)
            service.Add(link.Index, address);
    }

    private sealed record Cable(NetworkNamespace Here, NetLink Link, NetworkNamespace There, NetLink Peer, bool IsUp);
}
