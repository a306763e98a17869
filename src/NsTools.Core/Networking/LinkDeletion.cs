using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Networking;

namespace NsTools.Networking;

/// <summary>
/// The kernel answers to a deletion when it has freed the links, which takes it tens of milliseconds after they are out of
/// the namespace (<c>netdev_run_todo()</c>: <c>rcu_barrier()</c>, without the rtnl lock). Here a thread of its own waits for
/// that answer, and the caller for as much as it needs.
/// </summary>
internal static class LinkDeletion
{
    // How soon a refusal is noticed; of what goes as it should there is a notification.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(5);

    /// <summary>Deletes links, and waits until the kernel has let go of the rtnl lock: names, addresses, <c>/sys</c>, <c>/proc/sys</c> are rid of them.</summary>
    /// <param name="here">Where they are.</param>
    /// <param name="request">The deletion.</param>
    /// <param name="links">What it deletes.</param>
    /// <returns>What the kernel says to it.</returns>
    public static NetlinkError AwaitEnd(NetworkNamespace here, NetlinkRequest request, IReadOnlyList<NetLink> links)
    {
        using NetlinkSubscription notifications = NetlinkSubscription.Open(NetlinkProtocol.Route, [RouteGroup.Link], here.Place);
        Task<NetlinkError> answer = Begin(here, request);
        HashSet<int> left = [.. links.Select(link => link.Index)];
        while (left.Count > 0 && !answer.IsCompleted)
            left.ExceptWith(notifications.Receive(RemovedLink.Decode, s_patience, out _).Select(removed => removed.Index));
        if (left.Count > 0)
            return answer.GetAwaiter().GetResult();
        // The notifications come under the lock, some steps before its end; a question waits for that.
        here.Connection.ExecuteBatch([new NetlinkRequest(RouteOperation.GetLink, NetlinkFlags.None, links[0].Name).Header(new LinkHeader { Index = links[0].Index })]);
        return NetlinkError.Success;
    }

    /// <summary>
    /// Deletes links, and waits until nothing finds them any more. Under the rtnl lock a bridge has still to wait for the
    /// end of all that is under way in it (<c>br_multicast_dev_del()</c>: <c>rcu_barrier()</c>).
    /// </summary>
    /// <inheritdoc cref="AwaitEnd"/>
    public static NetlinkError AwaitUnlisting(NetworkNamespace here, NetlinkRequest request, IReadOnlyList<NetLink> links)
    {
        using LinkLookup lookup = LinkLookup.Open(here.Place);
        Task<NetlinkError> answer = Begin(here, request);
        while (!answer.IsCompleted)
        {
            if (!links.Any(link => lookup.Has(link.Index)))
                return NetlinkError.Success;
            Thread.Sleep(1);
        }
        return answer.GetAwaiter().GetResult();
    }

    private static Task<NetlinkError> Begin(NetworkNamespace here, NetlinkRequest request)
    {
        NetlinkConnection own = NetlinkConnection.Open(NetlinkProtocol.Route, here.Place);
        return Task.Factory.StartNew(
            () =>
            {
                using (own)
                    return own.ExecuteBatch([request])[0];
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private sealed record RemovedLink(int Index)
    {
        // A bridge tells of its ports in messages of its own family, which are about no link.
        public static RemovedLink? Decode(in NetlinkMessage message) =>
            message.Type == RouteOperation.DeleteLink.Type && message.Header<LinkHeader>() is { Family: 0 } header ? new RemovedLink(header.Index) : null;
    }
}
