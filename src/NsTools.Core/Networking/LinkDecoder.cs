using System.Globalization;
using System.Runtime.InteropServices;
using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Networking.Kinds;
using static Tmds.Linux.LibC;

namespace NsTools.Networking;

/// <summary>Makes <see cref="NetLink"/> objects of link messages.</summary>
internal static class LinkDecoder
{
    /// <summary><c>RTEXT_FILTER_SKIP_STATS</c>: leave the counters out, which cost more than all the rest.</summary>
    public const uint SkipStatistics = 8;

    // include/uapi/linux/if_arp.h, in iproute2's words.
    private static readonly Dictionary<ushort, string> s_linkTypes = new()
    {
        [1] = "ether",
        [32] = "infiniband",
        [280] = "can",
        [512] = "ppp",
        [519] = "rawip",
        [768] = "ipip",
        [769] = "tunnel6",
        [772] = "loopback",
        [776] = "sit",
        [778] = "gre",
        [801] = "ieee802.11",
        [803] = "ieee802.11/radiotap",
        [820] = "phonet",
        [823] = "gre6",
        [824] = "netlink",
        [825] = "6lowpan",
        [826] = "vsockmon",
        [65534] = "none",
        [65535] = "void",
    };

    // Kinds whose IFLA_LINK is the other end, not something beneath.
    private static readonly HashSet<string> s_pairs = ["veth", "netkit", "vxcan"];

    /// <summary>A request for all links.</summary>
    public static NetlinkRequest DumpRequest(uint extendedMask = 0)
    {
        NetlinkRequest request = new NetlinkRequest(RouteOperation.GetLink, NetlinkFlags.None, "links").Header(default(LinkHeader));
        return extendedMask == 0 ? request : request.AddUInt32(LinkAttribute.ExtendedMask, extendedMask);
    }

    /// <summary>The link that a message tells of; names of other links are not filled in.</summary>
    public static NetLink Decode(in NetlinkMessage message, string? namespaceName)
    {
        LinkHeader header = message.Header<LinkHeader>();
        NetLink link = new()
        {
            Name = "",
            Index = header.Index,
            Flags = (NetLinkFlags)header.Flags,
            LinkType = s_linkTypes.TryGetValue(header.DeviceType, out string? type) ? type : header.DeviceType.ToString(CultureInfo.InvariantCulture),
            Namespace = namespaceName,
        };
        int linkIndex = 0;
        int? linkNamespace = null;
        foreach (NetlinkAttribute attribute in message.Attributes<LinkHeader>())
        {
            switch (attribute.Type)
            {
                case LinkAttribute.Link:
                    linkIndex = attribute.ToInt32();
                    break;
                case LinkAttribute.LinkNamespaceId:
                    linkNamespace = attribute.ToInt32();
                    break;
                default:
                    link = Apply(link, attribute);
                    break;
            }
        }
        if (link.Kind is not null && s_pairs.Contains(link.Kind))
            return link with { PeerIndex = linkIndex, PeerNamespaceId = linkNamespace };
        // A link that is its own parent says so on old kernels only.
        return linkIndex == link.Index ? link : link with { ParentIndex = linkIndex, ParentNamespaceId = linkNamespace };
    }

    private static NetLink Apply(NetLink link, in NetlinkAttribute attribute) => attribute.Type switch
    {
        LinkAttribute.Name => link with { Name = attribute.ToText() },
        LinkAttribute.Address => link with { HardwareAddress = NetlinkValue.ToPhysicalAddress(attribute.Value) },
        LinkAttribute.Broadcast => link with { BroadcastAddress = NetlinkValue.ToPhysicalAddress(attribute.Value) },
        LinkAttribute.PermanentAddress => link with { PermanentAddress = NetlinkValue.ToPhysicalAddress(attribute.Value) },
        LinkAttribute.Mtu => link with { Mtu = attribute.ToUInt32() },
        LinkAttribute.MinimumMtu => link with { MinimumMtu = attribute.ToUInt32() },
        LinkAttribute.MaximumMtu => link with { MaximumMtu = attribute.ToUInt32() },
        LinkAttribute.Master => link with { MasterIndex = attribute.ToInt32() },
        LinkAttribute.OperationalState => link with { State = (NetLinkState)attribute.ToByte() },
        LinkAttribute.QueueDiscipline => link with { QueueDiscipline = attribute.ToText() },
        LinkAttribute.TransmitQueueLength => link with { TransmitQueueLength = attribute.ToUInt32() },
        LinkAttribute.TransmitQueues => link with { TransmitQueues = attribute.ToInt32() },
        LinkAttribute.ReceiveQueues => link with { ReceiveQueues = attribute.ToInt32() },
        LinkAttribute.Promiscuity => link with { Promiscuity = attribute.ToInt32() },
        LinkAttribute.AllMulticast => link with { AllMulticast = attribute.ToInt32() },
        LinkAttribute.GsoMaxSize => link with { GsoMaximumSize = attribute.ToUInt32() },
        LinkAttribute.GsoMaxSegments => link with { GsoMaximumSegments = attribute.ToUInt32() },
        LinkAttribute.TsoMaxSize => link with { TsoMaximumSize = attribute.ToUInt32() },
        LinkAttribute.TsoMaxSegments => link with { TsoMaximumSegments = attribute.ToUInt32() },
        LinkAttribute.GroMaxSize => link with { GroMaximumSize = attribute.ToUInt32() },
        LinkAttribute.FamilySpecific => link with { AddressGeneration = ToAddressGeneration(attribute.Nested) },
        LinkAttribute.Group => link with { Group = attribute.ToUInt32() },
        LinkAttribute.Alias => link with { Alias = attribute.ToText() },
        LinkAttribute.PropertyList => link with { AlternativeNames = [.. ToNames(attribute.Nested)] },
        LinkAttribute.Statistics64 => link with { Statistics = ToStatistics(attribute) },
        LinkAttribute.Info => WithInfo(link, attribute.Nested),
        _ => link,
    };

    private static NetLink WithInfo(NetLink link, NetlinkAttributes info)
    {
        if (info.TryFind(LinkAttribute.InfoKind, out NetlinkAttribute kindName))
        {
            link = link with { Kind = kindName.ToText() };
            if (LinkKind.TryFind(link.Kind, out LinkKind? kind) && kind.Options.Count > 0 && info.TryFind(LinkAttribute.InfoData, out NetlinkAttribute data))
                link = link with { Options = LinkOptionCodec.Decode(kind, data.Nested) };
        }
        if (info.TryFind(LinkAttribute.InfoPortKind, out NetlinkAttribute portKind))
        {
            link = link with { PortKind = portKind.ToText() };
            if (link.PortKind == LinkKind.BridgePort.Name && info.TryFind(LinkAttribute.InfoPortData, out NetlinkAttribute data))
                link = link with { PortOptions = LinkOptionCodec.Decode(LinkKind.BridgePort, data.Nested) };
        }
        return link;
    }

    private static NetAddressGeneration? ToAddressGeneration(NetlinkAttributes families) =>
        families.TryFind((ushort)AF_INET6, out NetlinkAttribute inet6) && inet6.Nested.TryFind(LinkAttribute.Inet6AddressGeneration, out NetlinkAttribute mode)
            ? (NetAddressGeneration)mode.ToByte()
            : null;

    private static List<string> ToNames(NetlinkAttributes properties)
    {
        List<string> names = [];
        foreach (NetlinkAttribute property in properties)
        {
            if (property.Type == LinkAttribute.AlternativeName)
                names.Add(property.ToText());
        }
        return names;
    }

    private static unsafe NetLinkStatistics ToStatistics(in NetlinkAttribute attribute)
    {
        if (attribute.Value.Length < sizeof(LinkStatistics64))
            return new NetLinkStatistics();
        LinkStatistics64 counters = MemoryMarshal.Read<LinkStatistics64>(attribute.Value);
        return new NetLinkStatistics
        {
            ReceivedBytes = unchecked((long)counters.ReceivedBytes),
            ReceivedPackets = unchecked((long)counters.ReceivedPackets),
            ReceiveErrors = unchecked((long)counters.ReceiveErrors),
            ReceiveDropped = unchecked((long)counters.ReceiveDropped),
            ReceiveOverErrors = unchecked((long)counters.ReceiveOverErrors),
            Multicast = unchecked((long)counters.Multicast),
            SentBytes = unchecked((long)counters.SentBytes),
            SentPackets = unchecked((long)counters.SentPackets),
            SendErrors = unchecked((long)counters.SendErrors),
            SendDropped = unchecked((long)counters.SendDropped),
            CarrierErrors = unchecked((long)counters.SendCarrierErrors),
            Collisions = unchecked((long)counters.Collisions),
        };
    }
}
