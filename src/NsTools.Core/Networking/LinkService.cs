using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Networking;

/// <summary>Reads the links of a network namespace, and changes them.</summary>
/// <param name="networkNamespace">The namespace.</param>
public sealed partial class LinkService(NetworkNamespace networkNamespace)
{
    private readonly NetworkNamespace _namespace = networkNamespace;

    private NetlinkConnection Connection => _namespace.Connection;

    /// <summary>All links, by index. Equivalent to <c>ip -d -s link</c>.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SyscallException">The kernel did not answer.</exception>
    public IReadOnlyList<NetLink> List(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<NetLink> links = Connection.Dump(
            LinkDecoder.DumpRequest(), (in NetlinkMessage message) => LinkDecoder.Decode(message, _namespace.Name), cancellationToken);
        Dictionary<int, string> names = links.ToDictionary(l => l.Index, l => l.Name);
        return [.. links.Select(l => WithNames(l, index => names.GetValueOrDefault(index))).OrderBy(l => l.Index)];
    }

    /// <summary>One link. Equivalent to <c>ip -d -s link show dev NAME</c>.</summary>
    /// <param name="link">Names it.</param>
    /// <exception cref="NsToolsException">There is no such link (<c>LinkNotFound</c>).</exception>
    public NetLink Get(LinkReference link) => WithNames(GetPlain(link), index => GetName(index));

    /// <summary>The link of a name; null when there is none.</summary>
    /// <param name="name">The name.</param>
    internal NetLink? Find(string name)
    {
        try
        {
            return Get(new LinkReference { Name = name });
        }
        catch (NsToolsException none) when (none.ErrorId == "LinkNotFound")
        {
            return null;
        }
    }

    /// <summary>The index of a link.</summary>
    /// <param name="link">Names it.</param>
    /// <exception cref="NsToolsException">There is no such link (<c>LinkNotFound</c>).</exception>
    public int Resolve(LinkReference link) => link.Index > 0 ? link.Index : GetPlain(link).Index;

    /// <summary>Switches links on, many with one system call. Equivalent to <c>ip link set dev NAME up</c> for each.</summary>
    /// <param name="links">The links.</param>
    /// <returns>For each, why it could not be; null where it could.</returns>
    internal IReadOnlyList<Exception?> SwitchOn(IReadOnlyList<NetLink> links)
    {
        IReadOnlyList<NetlinkError> results = Connection.ExecuteBatch(
            [.. links.Select(l => new NetlinkRequest(RouteOperation.SetLink, NetlinkFlags.None, l.Name).Header(UpHeader(up: true) with { Index = l.Index }))]);
        return [.. results.Select((r, i) => r.Number == 0 ? null : ToFailure(links[i], r, RouteOperation.SetLink))];
    }

    /// <summary>Moves a link to another network namespace. Equivalent to <c>ip link set dev NAME netns TARGET name NEWNAME</c>.</summary>
    /// <param name="link">The link.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="newName">Its name there; null for the same.</param>
    /// <returns>The link, as it is there.</returns>
    /// <exception cref="NsToolsException">There is no such link (any more).</exception>
    /// <exception cref="SyscallException">The kernel refused it: the name is taken there, or the link cannot be moved.</exception>
    public NetLink Move(NetLink link, NetworkNamespace target, string? newName)
    {
        NetlinkRequest request = new NetlinkRequest(RouteOperation.SetLink, NetlinkFlags.None, link.Name)
            .Header(new LinkHeader { Index = link.Index })
            .AddInt32(LinkAttribute.NamespaceDescriptor, Descriptor.Number(target.Descriptor));
        if (newName is not null)
            request.AddText(LinkAttribute.Name, LinkNames.Check(newName));
        Execute(request);
        _namespace.Remember(link.Index, null);
        return new LinkService(target).Get(new LinkReference { Name = newName ?? link.Name });
    }

    private NetLink GetPlain(LinkReference link)
    {
        NetlinkRequest request = new NetlinkRequest(RouteOperation.GetLink, NetlinkFlags.None, link.ToString())
            .Header(new LinkHeader { Index = link.Index });
        if (link.Index <= 0)
        {
            string name = LinkNames.Check(link.Name ?? "", alternative: true);
            request.AddText(LinkNames.IsAlternative(name) ? LinkAttribute.AlternativeName : LinkAttribute.Name, name);
        }
        try
        {
            return Connection.Query(request, (in NetlinkMessage message) => LinkDecoder.Decode(message, _namespace.Name));
        }
        catch (SyscallException failure) when (failure.Number == ENODEV)
        {
            throw NotFound(link.ToString(), failure);
        }
    }

    private string? GetName(int index)
    {
        if (_namespace.TryGetKnownName(index) is { } known)
            return known;
        try
        {
            string name = GetPlain(new LinkReference { Index = index }).Name;
            _namespace.Remember(index, name);
            return name;
        }
        catch (NsToolsException gone) when (gone.ErrorId == "LinkNotFound")
        {
            return null;
        }
    }

    private void Execute(NetlinkRequest request)
    {
        try
        {
            Connection.Execute(request);
        }
        catch (SyscallException failure) when (failure.Number == ENODEV && request.Operation.Type != RouteOperation.NewLink.Type)
        {
            throw NotFound(request.Subject ?? "", failure);
        }
    }

    private NsToolsException NotFound(string name, Exception? cause = null) => NotFound(_namespace, name, cause);

    /// <summary>The error for a link that there is not.</summary>
    /// <param name="here">Where it was looked for.</param>
    /// <param name="name">What it was called.</param>
    /// <param name="cause">What the kernel said; null for nothing.</param>
    public static NsToolsException NotFound(NetworkNamespace here, string name, Exception? cause = null) => new(
        FailureKind.NotFound,
        "LinkNotFound",
        $"There is no link '{name}' in {here.Description}.",
        "Get-NetLink shows those that there are; it may have been removed or moved meanwhile.",
        cause);

    private static NetLink WithNames(NetLink link, Func<int, string?> nameOf)
    {
        string? master = link.MasterIndex > 0 ? nameOf(link.MasterIndex) : null;
        string? parent = link.ParentIndex > 0 && link.ParentNamespaceId is null ? nameOf(link.ParentIndex)
            : link.PeerIndex > 0 && link.PeerNamespaceId is null ? nameOf(link.PeerIndex)
            : null;
        return master is null && parent is null ? link : link with { Master = master, Parent = parent };
    }
}
