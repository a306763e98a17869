using System.Globalization;
using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Networking;
using NsTools.Interop.Syscalls;
using NsTools.Networking.Kinds;
using static Tmds.Linux.LibC;

namespace NsTools.Networking;

public sealed partial class LinkService
{
    /// <summary>
    /// Makes a link; for a pair, both ends with their names, namespaces and master in one request, so that the kernel
    /// makes all of it or nothing. Equivalent to <c>ip link add …</c>.
    /// </summary>
    /// <param name="specification">The link.</param>
    /// <returns>The link.</returns>
    /// <exception cref="NsToolsException">The kernel lacks the kind (<c>LinkKindNotSupported</c>), or a value cannot be.</exception>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public NetLink Create(LinkSpecification specification)
    {
        LinkNames.Check(specification.Name);
        LinkReference reference = new() { Name = specification.Name };
        if (specification.Kind is "tun" or "tap")
            CreateTun(specification);
        else
            ExecuteCreate(specification);
        NetLink plain = GetPlain(reference);
        _namespace.Remember(plain.Index, plain.Name);
        if (specification.Peer is { Namespace: null } peer)
            _namespace.Remember(plain.PeerIndex, peer.Name);
        NetLink link = WithNames(plain, GetName);
        try
        {
            // The kernel takes a description, and for a tun link everything, only after the link exists.
            bool isTun = link.Kind == "tun";
            LinkChange rest = new()
            {
                Alias = specification.Alias,
                Up = isTun && specification.IsUp ? true : null,
                Mtu = isTun ? specification.Mtu : null,
                MasterIndex = isTun && specification.MasterIndex > 0 ? specification.MasterIndex : null,
                HardwareAddress = isTun ? specification.HardwareAddress : null,
                Group = isTun && specification.Group != 0 ? specification.Group : null,
            };
            if (rest == new LinkChange { Options = rest.Options, PortOptions = rest.PortOptions })
                return link;
            Change(link, rest);
            return Get(reference);
        }
        catch
        {
            Undo(link);
            throw;
        }
    }

    /// <summary>Takes back what was made, when a later step failed; that failure is the one to tell.</summary>
    /// <param name="link">The link.</param>
    internal void Undo(NetLink link) => Connection.ExecuteBatch([DeleteRequest(link)]);

    private void ExecuteCreate(LinkSpecification specification)
    {
        string subject = specification.Peer is { } other ? $"{specification.Name} and {other.Name}" : specification.Name;
        NetlinkRequest request = new NetlinkRequest(RouteOperation.NewLink, NetlinkFlags.Create | NetlinkFlags.Exclusive, subject)
            .Header(UpHeader(specification.IsUp))
            .AddText(LinkAttribute.Name, specification.Name);
        if (specification.ParentIndex > 0)
            request.AddInt32(LinkAttribute.Link, specification.ParentIndex);
        if (specification.MasterIndex > 0)
            request.AddInt32(LinkAttribute.Master, specification.MasterIndex);
        if (specification.Group != 0)
            request.AddUInt32(LinkAttribute.Group, checked((uint)specification.Group));
        if (specification.HardwareAddress is { } address)
            request.Add(LinkAttribute.Address, address.GetAddressBytes());
        if (specification.Mtu is { } mtu)
            request.AddUInt32(LinkAttribute.Mtu, checked((uint)mtu));
        request.AddNest(LinkAttribute.Info, info =>
        {
            info.AddText(LinkAttribute.InfoKind, specification.Kind);
            if (specification.Peer is { } peer)
                info.AddNest(LinkAttribute.InfoData, data => AddPeer(data, specification, peer));
            else if (specification.Options.Count > 0)
                info.AddNest(LinkAttribute.InfoData, data => LinkOptionCodec.Encode(data, KindOf(specification), specification.Options));
        });
        try
        {
            Connection.Execute(request);
        }
        catch (SyscallException failure) when (failure.Number == EOPNOTSUPP && IsUnknownKind(specification, failure))
        {
            throw NotSupported(specification.Kind, failure);
        }
        catch (SyscallException failure) when (failure.Number == EOPNOTSUPP && UsesVlans(specification.Kind, specification.Options))
        {
            throw NoVlanFiltering(specification.Name, failure);
        }
    }

    /// <summary>Kernels before 4.20 give no reason; then it is the kind, where nothing else can be it.</summary>
    private static bool IsUnknownKind(LinkSpecification specification, SyscallException failure) => failure.Detail is { } words
        ? words.Contains("Unknown device type", StringComparison.Ordinal)
        : specification is { Options.Count: 0, MasterIndex: 0 };

    /// <summary>True when settings are among these that a bridge has only with <c>CONFIG_BRIDGE_VLAN_FILTERING</c>.</summary>
    private static bool UsesVlans(string? kind, IReadOnlyDictionary<string, object> options) =>
        kind == "bridge" && options.Keys.Any(k => k.Contains("Vlan", StringComparison.OrdinalIgnoreCase));

    private static NsToolsException NoVlanFiltering(string name, SyscallException failure) => new(
        FailureKind.NotSupported,
        "VlanFilteringNotSupported",
        $"Bridge '{name}' cannot keep VLANs apart: this kernel was built without CONFIG_BRIDGE_VLAN_FILTERING.",
        "Leave the VLAN settings out, or use a kernel that has it.",
        failure);

    private static void AddPeer(NetlinkRequest data, LinkSpecification specification, LinkPeer peer) =>
        data.AddNest(LinkAttribute.VethPeer, nest =>
        {
            // Not switched on here: a veth opens only when its other end is known (ENOTCONN), which is not yet so.
            nest.Header(default(LinkHeader)).AddText(LinkAttribute.Name, LinkNames.Check(peer.Name));
            if (peer.HardwareAddress is { } address)
                nest.Add(LinkAttribute.Address, address.GetAddressBytes());
            if (specification.Mtu is { } mtu)
                nest.AddUInt32(LinkAttribute.Mtu, checked((uint)mtu));
            if (peer.Namespace is { } target)
                nest.AddInt32(LinkAttribute.NamespaceDescriptor, Descriptor.Number(target.Descriptor));
        });

    private static LinkHeader UpHeader(bool up) =>
        up ? new LinkHeader { Flags = (uint)NetLinkFlags.Up, Change = (uint)NetLinkFlags.Up } : default;

    private static LinkKind KindOf(LinkSpecification specification) => LinkKind.TryFind(specification.Kind, out LinkKind? kind)
        ? kind
        : throw new NsToolsException(FailureKind.InvalidArgument, "UnknownLinkOption", $"No settings of links of kind '{specification.Kind}' are known.");

    private void CreateTun(LinkSpecification specification)
    {
        TunOptions options = new()
        {
            IsTap = specification.Kind == "tap",
            Owner = Number(specification, "Owner"),
            OwnerGroup = Number(specification, "OwnerGroup"),
            PacketInformation = Switch(specification, "PacketInformation"),
            VnetHeader = Switch(specification, "VnetHeader"),
            MultiQueue = Switch(specification, "MultiQueue"),
        };
        if (Exists(specification.Name))
            throw new SyscallException("TUNSETIFF", EEXIST, specification.Name);
        try
        {
            TunDevice.Create(specification.Name, options, _namespace.Place);
        }
        catch (SyscallException failure) when (failure.Syscall == "open" && failure.Number is 2 or 6 or 19)
        {
            throw NotSupported(specification.Kind, failure);
        }
    }

    private bool Exists(string name)
    {
        try
        {
            return GetPlain(new LinkReference { Name = name }).Index > 0;
        }
        catch (NsToolsException none) when (none.ErrorId == "LinkNotFound")
        {
            return false;
        }
    }

    private static long? Number(LinkSpecification specification, string option) =>
        specification.Options.TryGetValue(option, out object? value) ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : null;

    private static bool Switch(LinkSpecification specification, string option) =>
        specification.Options.TryGetValue(option, out object? value) && bool.Parse(value.ToString() ?? "");

    private static NsToolsException NotSupported(string kindName, SyscallException failure)
    {
        bool known = LinkKind.TryFind(kindName, out LinkKind? kind);
        return new NsToolsException(
            FailureKind.NotSupported,
            "LinkKindNotSupported",
            known
                ? $"This kernel has no links of kind '{kindName}': it was built without {kind!.ConfigurationOption}, or its module cannot be loaded."
                : $"This kernel has no links of kind '{kindName}'.",
            known
                ? $"Load the module '{kindName}' as root, or use a kernel with {kind!.ConfigurationOption}."
                : $"Known kinds: {string.Join(", ", LinkKind.All.Select(k => k.Name))}.",
            failure);
    }
}
