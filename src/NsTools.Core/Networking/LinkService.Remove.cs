using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using static Tmds.Linux.LibC;

namespace NsTools.Networking;

public sealed partial class LinkService
{
    // Groups that we make up have this bit, which no sane configuration of /etc/iproute2/group has.
    private const uint OwnGroups = 0x4000_0000;

    /// <summary>
    /// Removes links: they are out of the namespace when it returns, though the kernel may still have to free them. Each
    /// deletion waits for a grace period of the kernel (<c>synchronize_net()</c>); the links of one group are deleted with
    /// a single wait, so several links are first put into a group of their own.
    /// Equivalent to <c>ip link del NAME</c> for each.
    /// </summary>
    /// <param name="links">The links; of a pair one end or both.</param>
    /// <returns>What could not be removed, and why.</returns>
    public IReadOnlyList<(NetLink Link, Exception Failure)> Remove(IReadOnlyList<NetLink> links)
    {
        IReadOnlyList<(NetLink, Exception)> failures = Unlist(links);
        // Under the rtnl lock still, the kernel takes them out of /sys and /proc/sys: a question waits for that lock.
        if (links.Count > 0)
            Connection.ExecuteBatch([new NetlinkRequest(RouteOperation.GetLink, NetlinkFlags.None, links[0].Name).Header(new LinkHeader { Index = links[0].Index })]);
        return failures;
    }

    /// <summary>
    /// Removes links as <see cref="Remove(IReadOnlyList{NetLink})"/> does, and returns when nothing finds them any more:
    /// <c>/sys</c> may still show a bridge for up to 30 ms (<c>br_multicast_dev_del()</c>: <c>rcu_barrier()</c>), and who
    /// changes links meanwhile waits for it.
    /// </summary>
    /// <param name="links">The links.</param>
    /// <returns>What could not be removed, and why.</returns>
    internal IReadOnlyList<(NetLink Link, Exception Failure)> Unlist(IReadOnlyList<NetLink> links)
    {
        List<(NetLink, Exception)> failures = [];
        List<NetLink> distinct = [.. links.DistinctBy(l => l.Index)];
        // The loopback and hardware refuse to be deleted, and in a group they would keep all others from it.
        List<NetLink> groupable = [.. distinct.Where(l => l.Kind is not null)];
        List<NetLink> single = [.. distinct.Where(l => l.Kind is null)];
        if (groupable.Count < 2)
            single = distinct;
        else
            single.AddRange(RemoveAsGroup(groupable, failures));
        HashSet<int> gone = [];
        foreach (NetLink link in single)
        {
            NetlinkError error = LinkDeletion.Run(_namespace, DeleteRequest(link), [link]);
            if (error.Number == 0)
                gone.Add(link.Index);
            // The other end went with the first one: that is what was asked for.
            else if (!(error.Number == ENODEV && link.PeerNamespaceId is null && gone.Contains(link.PeerIndex)))
                failures.Add((link, ToFailure(link, error, RouteOperation.DeleteLink)));
        }
        distinct.ForEach(l => _namespace.Remember(l.Index, null));
        return failures;
    }

    /// <returns>Those that are still to be removed one by one, because the kernel would not remove the group.</returns>
    private List<NetLink> RemoveAsGroup(List<NetLink> links, List<(NetLink, Exception)> failures)
    {
        uint group = OwnGroups | (uint)Random.Shared.Next(1, (int)OwnGroups);
        IReadOnlyList<NetlinkError> moved = Connection.ExecuteBatch([.. links.Select(l => GroupRequest(l, group))]);
        List<NetLink> inGroup = [];
        for (int i = 0; i < links.Count; i++)
        {
            if (moved[i].Number == 0)
                inGroup.Add(links[i]);
            else
                failures.Add((links[i], ToFailure(links[i], moved[i], RouteOperation.SetLink)));
        }
        if (inGroup.Count == 0)
            return [];
        NetlinkRequest delete = new NetlinkRequest(RouteOperation.DeleteLink, NetlinkFlags.None, $"group {group}")
            .Header(default(LinkHeader))
            .AddUInt32(LinkAttribute.Group, group);
        if (LinkDeletion.Run(_namespace, delete, inGroup).Number == 0)
            return [];
        // One of them cannot be deleted, so none was: back where they came from, and one by one.
        Connection.ExecuteBatch([.. inGroup.Select(l => GroupRequest(l, checked((uint)l.Group)))]);
        return inGroup;
    }

    private static NetlinkRequest DeleteRequest(NetLink link) =>
        new NetlinkRequest(RouteOperation.DeleteLink, NetlinkFlags.None, link.Name).Header(new LinkHeader { Index = link.Index });

    private static NetlinkRequest GroupRequest(NetLink link, uint group) =>
        new NetlinkRequest(RouteOperation.SetLink, NetlinkFlags.None, link.Name)
            .Header(new LinkHeader { Index = link.Index })
            .AddUInt32(LinkAttribute.Group, group);

    private Exception ToFailure(NetLink link, NetlinkError error, NetlinkOperation operation) => error.Number == ENODEV
        ? NotFound(link.Name)
        : error.ToException(operation.Name, link.Name);
}
