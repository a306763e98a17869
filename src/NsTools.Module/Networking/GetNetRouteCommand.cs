using System.Management.Automation;
using System.Net.Sockets;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Get-NetRoute: the routes of network namespaces; those of the table main where no table is named.</summary>
[Cmdlet(VerbsCommon.Get, "NetRoute")]
[OutputType(typeof(NetRoute))]
public sealed class GetNetRouteCommand : NetworkCmdlet
{
    /// <summary>Destinations (10.0.0.0/8, default); wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] DestinationPrefix { get; set; } = [];

    /// <summary>Only routes by these links: objects, names with wildcards, indexes.</summary>
    [Parameter(ValueFromPipeline = true)]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference[] Link { get; set; } = [];

    /// <summary>The table: main, local, default, a number, or all.</summary>
    [Parameter]
    [RouteTableTransformation]
    [ArgumentCompleter(typeof(NetworkWordCompleter))]
    public long Table { get; set; } = RouteSpecification.MainTable;

    /// <summary>Only IPv4 or IPv6.</summary>
    [Parameter]
    [AddressFamilyTransformation]
    [ArgumentCompleter(typeof(NetworkWordCompleter))]
    public AddressFamily? AddressFamily { get; set; }

    /// <summary>Only routes of these types.</summary>
    [Parameter]
    public NetRouteType[] Type { get; set; } = [];

    /// <summary>Only routes that this one set.</summary>
    [Parameter]
    public NetRouteProtocol? Protocol { get; set; }

    /// <summary>The network namespaces to look in; the caller's own if none is given.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference?[]? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NamespaceReference? reference in Namespace is { Length: > 0 } given ? given : [null])
        {
            if (Link.Length == 0)
                ForItem(reference, () => Write(Open(reference), null));
            foreach (LinkReference link in Link)
            {
                ForItem(link, () =>
                {
                    NetworkNamespace here = OpenFor(link, reference);
                    Write(here, [.. Find(here, link, fresh: false).Select(l => l.Index)]);
                });
            }
        }
    }

    private void Write(NetworkNamespace here, HashSet<int>? links)
    {
        IEnumerable<NetRoute> routes = new RouteService(here)
            .List(Table == RouteTableTransformationAttribute.All ? null : Table, AddressFamily, StopToken)
            .Where(r => (links is null || links.Contains(r.InterfaceIndex) || r.NextHops.Any(h => links.Contains(h.InterfaceIndex)))
                && (Type.Length == 0 || Type.Contains(r.Type))
                && (Protocol is null || r.Protocol == Protocol));
        if (DestinationPrefix.Length == 0)
        {
            WriteObject(routes, enumerateCollection: true);
            return;
        }
        List<NetRoute> all = [.. routes];
        foreach (string text in DestinationPrefix)
        {
            List<NetRoute> matching = Match(all, text);
            WriteObject(matching, enumerateCollection: true);
            if (matching.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(text))
                ForItem(text, () => throw NotFound(text, here));
        }
    }

    /// <summary>The routes to a destination.</summary>
    internal static List<NetRoute> Match(IEnumerable<NetRoute> routes, string text)
    {
        WildcardPattern pattern = WildcardPattern.Get(text, WildcardOptions.IgnoreCase);
        return
        [
            .. routes.Where(r => pattern.IsMatch(r.DestinationPrefix.ToString())
                || (r.IsDefault && pattern.IsMatch("default"))
                || (r.DestinationPrefix.PrefixLength == (r.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)
                    && pattern.IsMatch(r.DestinationPrefix.BaseAddress.ToString()))),
        ];
    }

    /// <summary>The error for a route that there is not.</summary>
    internal static NsToolsException NotFound(string text, NetworkNamespace here) => new(
        FailureKind.NotFound, "RouteNotFound", $"There is no route to '{text}' in {here.Description}.", "Get-NetRoute shows those that there are (-Table all for all tables); Find-NetRoute tells which one a packet would take.");
}
