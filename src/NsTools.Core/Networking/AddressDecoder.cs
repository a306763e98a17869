using System.Net;
using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using static Tmds.Linux.LibC;

namespace NsTools.Networking;

/// <summary>Makes <see cref="NetIPAddress"/> objects of address messages.</summary>
internal static class AddressDecoder
{
    // IFA_F_* (include/uapi/linux/if_addr.h).
    private const uint Secondary = 0x1;
    private const uint DuplicateFound = 0x8;
    private const uint Deprecated = 0x20;
    private const uint Tentative = 0x40;
    private const uint Permanent = 0x80;

    /// <summary>The address that a message tells of; null for one of another family.</summary>
    public static NetIPAddress? Decode(in NetlinkMessage message, NetworkNamespace networkNamespace)
    {
        AddressHeader header = message.Header<AddressHeader>();
        if (header.Family != AF_INET && header.Family != AF_INET6)
            return null;
        int index = unchecked((int)header.Index);
        IPAddress? address = null;
        IPAddress? local = null;
        IPAddress? broadcast = null;
        string? label = null;
        uint flags = header.Flags;
        uint preferred = uint.MaxValue;
        uint valid = uint.MaxValue;
        long metric = 0;
        foreach (NetlinkAttribute attribute in message.Attributes<AddressHeader>())
        {
            switch (attribute.Type)
            {
                case AddressAttribute.Address:
                    address = NetlinkValue.ToIPAddress(attribute.Value, index);
                    break;
                case AddressAttribute.Local:
                    local = NetlinkValue.ToIPAddress(attribute.Value, index);
                    break;
                case AddressAttribute.Broadcast:
                    broadcast = NetlinkValue.ToIPAddress(attribute.Value);
                    break;
                case AddressAttribute.Label:
                    label = attribute.ToText();
                    break;
                case AddressAttribute.Flags:
                    flags = attribute.ToUInt32();
                    break;
                case AddressAttribute.RoutePriority:
                    metric = attribute.ToUInt32();
                    break;
                case AddressAttribute.CacheInfo when attribute.Value.Length >= 8:
                    preferred = attribute.ToUInt32();
                    valid = BitConverter.ToUInt32(attribute.Value[4..]);
                    break;
            }
        }
        local ??= address;
        if (local is null)
            return null;
        return new NetIPAddress
        {
            IPAddress = local,
            PrefixLength = header.PrefixLength,
            InterfaceIndex = index,
            InterfaceName = networkNamespace.NameOf(index),
            PeerAddress = address is not null && !address.Equals(local) ? address : null,
            BroadcastAddress = broadcast,
            Label = label,
            Scope = (NetAddressScope)header.Scope,
            State = (flags & DuplicateFound) != 0 ? NetAddressState.Duplicate
                : (flags & Tentative) != 0 ? NetAddressState.Tentative
                : (flags & Deprecated) != 0 ? NetAddressState.Deprecated
                : NetAddressState.Preferred,
            IsSecondary = header.Family == AF_INET && (flags & Secondary) != 0,
            IsPermanent = (flags & Permanent) != 0,
            PreferredLifetime = Duration(preferred),
            ValidLifetime = Duration(valid),
            RouteMetric = metric,
            Flags = flags,
            Namespace = networkNamespace.Name,
        };
    }

    private static TimeSpan Duration(uint seconds) => seconds == uint.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds);
}
