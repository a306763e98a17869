using System.Management.Automation;
using System.Net.Sockets;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Get-NetNeighbor: what is known of other machines on the links.</summary>
[Cmdlet(VerbsCommon.Get, "NetNeighbor")]
[OutputType(typeof(NetNeighbor))]
public sealed class GetNetNeighborCommand : NetworkCmdlet
{
    /// <summary>Addresses; wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] IPAddress { get; set; } = [];

    /// <summary>Only on these links: objects, names with wildcards, indexes.</summary>
    [Parameter(ValueFromPipeline = true)]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference[] Link { get; set; } = [];

    /// <summary>Only IPv4 or IPv6.</summary>
    [Parameter]
    [AddressFamilyTransformation]
    [ArgumentCompleter(typeof(NetworkWordCompleter))]
    public AddressFamily? AddressFamily { get; set; }

    /// <summary>Only in these states; all but NoArp if none is given, as <c>ip neighbour</c> does.</summary>
    [Parameter]
    public NetNeighborState[] State { get; set; } = [];

    /// <summary>The addresses that this host answers for, instead.</summary>
    [Parameter]
    public SwitchParameter Proxy { get; set; }

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
                ForItem(reference, () => Write(Open(reference), 0));
            foreach (LinkReference link in Link)
            {
                ForItem(link, () =>
                {
                    NetworkNamespace here = OpenFor(link, reference);
                    foreach (NetLink one in Find(here, link, fresh: false))
                        Write(here, one.Index);
                });
            }
        }
    }

    private void Write(NetworkNamespace here, int interfaceIndex)
    {
        List<NetNeighbor> neighbors =
        [
            .. new NeighborService(here).List(interfaceIndex, AddressFamily, Proxy, StopToken)
                .Where(n => State.Length == 0 ? n.State != NetNeighborState.NoArp : State.Contains(n.State)),
        ];
        if (IPAddress.Length == 0)
        {
            WriteObject(neighbors, enumerateCollection: true);
            return;
        }
        foreach (string text in IPAddress)
        {
            WildcardPattern pattern = WildcardPattern.Get(text, WildcardOptions.IgnoreCase);
            List<NetNeighbor> matching = [.. neighbors.Where(n => pattern.IsMatch(n.IPAddress.ToString()) || pattern.IsMatch(n.IPAddress.ToString().Split('%')[0]))];
            WriteObject(matching, enumerateCollection: true);
            if (matching.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(text))
                ForItem(text, () => throw NotFound(text, here));
        }
    }

    /// <summary>The error for a neighbour that is not known.</summary>
    internal static NsToolsException NotFound(string text, NetworkNamespace here) => new(
        FailureKind.NotFound, "NeighborNotFound", $"No neighbour '{text}' is known in {here.Description}.", "Get-NetNeighbor shows those that are.");
}
