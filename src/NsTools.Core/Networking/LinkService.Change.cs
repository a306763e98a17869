using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Syscalls;
using NsTools.Networking.Kinds;
using static Tmds.Linux.LibC;

namespace NsTools.Networking;

public sealed partial class LinkService
{
    /// <summary>
    /// Changes a link, or leaves it as it was: the kernel does the parts of a request one by one and stops at the first that
    /// it refuses (<c>do_setlink()</c> in <c>net/core/rtnetlink.c</c>); then those before it are taken back.
    /// Equivalent to <c>ip link set dev NAME …</c>.
    /// </summary>
    /// <param name="link">The link.</param>
    /// <param name="change">What to change.</param>
    /// <exception cref="NsToolsException">There is no such link, or a value cannot be.</exception>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public void Change(NetLink link, LinkChange change)
    {
        List<NetlinkRequest> requests = ChangeRequests(link, change);
        NetLink? before = change.PartCount > 1 ? GetPlain(new LinkReference { Index = link.Index, Name = link.Name }) : null;
        try
        {
            requests.ForEach(Execute);
        }
        catch (SyscallException failure)
        {
            if (before is not null)
                Restore(before, change);
            if (failure.Number == EOPNOTSUPP && UsesVlans(link.Kind, change.Options))
                throw NoVlanFiltering(link.Name, failure);
            throw;
        }
        if (change.Name is not null)
            _namespace.Remember(link.Index, change.Name);
    }

    private static List<NetlinkRequest> ChangeRequests(NetLink link, LinkChange change)
    {
        List<NetlinkRequest> requests = [];
        NetLinkFlags mask = change.FlagMask | (change.Up is null ? NetLinkFlags.None : NetLinkFlags.Up);
        NetLinkFlags flags = change.Flags | (change.Up == true ? NetLinkFlags.Up : NetLinkFlags.None);
        // Settings of the kind go with RTM_NEWLINK only.
        bool withData = change.Options.Count > 0 || change.PortOptions.Count > 0;
        NetlinkRequest request = new NetlinkRequest(withData ? RouteOperation.NewLink : RouteOperation.SetLink, NetlinkFlags.None, link.Name)
            .Header(new LinkHeader { Index = link.Index, Flags = (uint)flags, Change = (uint)mask });
        int bare = request.Length;
        if (change.Name is not null)
            request.AddText(LinkAttribute.Name, LinkNames.Check(change.Name));
        if (change.Mtu is { } mtu)
            request.AddUInt32(LinkAttribute.Mtu, checked((uint)mtu));
        if (change.HardwareAddress is not null)
            request.Add(LinkAttribute.Address, change.HardwareAddress.GetAddressBytes());
        if (change.MasterIndex is { } master)
            request.AddInt32(LinkAttribute.Master, master);
        if (change.Group is { } group)
            request.AddUInt32(LinkAttribute.Group, checked((uint)group));
        if (change.Alias is not null)
            request.AddText(LinkAttribute.Alias, change.Alias);
        if (change.TransmitQueueLength is { } length)
            request.AddUInt32(LinkAttribute.TransmitQueueLength, checked((uint)length));
        if (withData)
            request.AddNest(LinkAttribute.Info, info => AddInfo(info, link, change));
        if (request.Length > bare || mask != NetLinkFlags.None)
            requests.Add(request);
        AddNameRequest(requests, RouteOperation.NewLinkProperty, NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Append, link, change.AddAlternativeNames);
        AddNameRequest(requests, RouteOperation.DeleteLinkProperty, NetlinkFlags.None, link, change.RemoveAlternativeNames);
        return requests;
    }

    /// <summary>Takes back what was done of a change. Each part by itself: one that cannot be taken back shall not keep the others.</summary>
    private void Restore(NetLink before, LinkChange change)
    {
        NetLink now;
        try
        {
            now = GetPlain(new LinkReference { Index = before.Index, Name = before.Name });
        }
        catch (NsToolsException gone) when (gone.ErrorId == "LinkNotFound")
        {
            return;
        }
        // Some parts can be changed only while it is off.
        bool switchesOff = now.IsUp && !before.IsUp;
        List<LinkChange> parts = [.. switchesOff ? [new LinkChange { Up = false }] : Array.Empty<LinkChange>(), .. Differences(before, now, change)];
        if (!now.IsUp && before.IsUp)
            parts.Add(new LinkChange { Up = true });
        Connection.ExecuteBatch([.. parts.SelectMany(part => ChangeRequests(before, part))]);
    }

    private static IEnumerable<LinkChange> Differences(NetLink before, NetLink now, LinkChange change)
    {
        if (now.Name != before.Name)
            yield return new LinkChange { Name = before.Name };
        if (now.Mtu != before.Mtu)
            yield return new LinkChange { Mtu = before.Mtu };
        if (change.HardwareAddress is not null && before.HardwareAddress is not null && !before.HardwareAddress.Equals(now.HardwareAddress))
            yield return new LinkChange { HardwareAddress = before.HardwareAddress };
        if (now.MasterIndex != before.MasterIndex)
            yield return new LinkChange { MasterIndex = before.MasterIndex };
        if (now.Group != before.Group)
            yield return new LinkChange { Group = before.Group };
        if (now.Alias != before.Alias)
            yield return new LinkChange { Alias = before.Alias ?? "" };
        if (now.TransmitQueueLength != before.TransmitQueueLength)
            yield return new LinkChange { TransmitQueueLength = before.TransmitQueueLength };
        if ((now.Flags & change.FlagMask) != (before.Flags & change.FlagMask))
            yield return new LinkChange { FlagMask = change.FlagMask, Flags = before.Flags & change.FlagMask };
        string[] added = [.. now.AlternativeNames.Except(before.AlternativeNames)], removed = [.. before.AlternativeNames.Except(now.AlternativeNames)];
        if (added.Length > 0)
            yield return new LinkChange { RemoveAlternativeNames = added };
        if (removed.Length > 0)
            yield return new LinkChange { AddAlternativeNames = removed };
        foreach (string option in change.Options.Keys.Where(before.Options.ContainsKey))
            yield return new LinkChange { Options = new Dictionary<string, object> { [option] = before.Options[option] } };
        foreach (string option in change.PortOptions.Keys.Where(before.PortOptions.ContainsKey))
            yield return new LinkChange { PortOptions = new Dictionary<string, object> { [option] = before.PortOptions[option] } };
    }

    private static void AddInfo(NetlinkRequest info, NetLink link, LinkChange change)
    {
        if (change.Options.Count > 0)
        {
            if (!LinkKind.TryFind(link.Kind, out LinkKind? kind))
                throw new NsToolsException(FailureKind.InvalidArgument, "UnknownLinkOption", $"Link '{link.Name}' is of no kind that has settings.");
            info.AddText(LinkAttribute.InfoKind, kind.Name);
            info.AddNest(LinkAttribute.InfoData, data => LinkOptionCodec.Encode(data, kind, change.Options));
        }
        if (change.PortOptions.Count > 0)
        {
            info.AddText(LinkAttribute.InfoPortKind, LinkKind.BridgePort.Name);
            info.AddNest(LinkAttribute.InfoPortData, data => LinkOptionCodec.Encode(data, LinkKind.BridgePort, change.PortOptions));
        }
    }

    private static void AddNameRequest(List<NetlinkRequest> requests, NetlinkOperation operation, NetlinkFlags flags, NetLink link, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return;
        requests.Add(new NetlinkRequest(operation, flags, link.Name)
            .Header(new LinkHeader { Index = link.Index })
            .AddNest(LinkAttribute.PropertyList, list =>
            {
                foreach (string name in names)
                    list.AddText(LinkAttribute.AlternativeName, LinkNames.Check(name, alternative: true));
            }));
    }
}
