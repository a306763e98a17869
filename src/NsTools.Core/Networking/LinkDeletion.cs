using NsTools.Interop.Netlink;
using NsTools.Interop.Networking;

namespace NsTools.Networking;

/// <summary>
/// The kernel answers to a deletion when it has freed the links, which takes it tens of milliseconds after they are out of
/// the namespace (<c>netdev_run_todo()</c>: <c>rcu_barrier()</c>, without the rtnl lock). Here a thread of its own waits for
/// that answer.
/// </summary>
internal static class LinkDeletion
{
    /// <summary>Deletes links, and waits until nothing finds them any more.</summary>
    /// <param name="here">Where they are.</param>
    /// <param name="request">The deletion.</param>
    /// <param name="links">What it deletes.</param>
    /// <returns>What the kernel says to it.</returns>
    public static NetlinkError Run(NetworkNamespace here, NetlinkRequest request, IReadOnlyList<NetLink> links)
    {
        using LinkLookup lookup = LinkLookup.Open(here.Place);
        // What is not there before will not go: the answer says so.
        bool isThere = links.Any(link => lookup.Has(link.Index));
        Task<NetlinkError> answer = Begin(here, request);
        while (isThere && !answer.IsCompleted)
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
}
