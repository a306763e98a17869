using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Remove-NetNeighbor: forgets neighbours.</summary>
[Cmdlet(VerbsCommon.Remove, "NetNeighbor", SupportsShouldProcess = true, DefaultParameterSetName = AddressSet)]
public sealed class RemoveNetNeighborCommand : NetworkCmdlet
{
    private const string AddressSet = "Address";
    private const string InputObjectSet = "InputObject";

    /// <summary>Addresses; wildcards.</summary>
    [Parameter(ParameterSetName = AddressSet, Mandatory = true, Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] IPAddress { get; set; } = [];

    /// <summary>Only on this link.</summary>
    [Parameter(ParameterSetName = AddressSet, Position = 1)]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Link { get; set; }

    /// <summary>The addresses that this host answers for, instead.</summary>
    [Parameter(ParameterSetName = AddressSet)]
    public SwitchParameter Proxy { get; set; }

    /// <summary>The network namespace.</summary>
    [Parameter(ParameterSetName = AddressSet)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>The neighbours, as Get-NetNeighbor gives them.</summary>
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public NetNeighbor[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NetNeighbor neighbor in InputObject)
            ForItem(neighbor, () => RemoveOne(OpenText(neighbor.Namespace), neighbor));
        foreach (string text in IPAddress)
            ForItem(text, () => RemoveMatching(text));
    }

    private void RemoveMatching(string text)
    {
        NetworkNamespace here = Link is null ? Open(Namespace) : OpenFor(Link, Namespace);
        int index = Link is null ? 0 : new LinkService(here).Resolve(Link);
        WildcardPattern pattern = WildcardPattern.Get(text, WildcardOptions.IgnoreCase);
        bool byWildcard = WildcardPattern.ContainsWildcardCharacters(text);
        List<NetNeighbor> matching =
        [
            .. new NeighborService(here).List(index, null, Proxy, StopToken)
                .Where(n => (!byWildcard || n.State != NetNeighborState.NoArp) && pattern.IsMatch(n.IPAddress.ToString().Split('%')[0])),
        ];
        if (matching.Count == 0 && !byWildcard)
            throw GetNetNeighborCommand.NotFound(text, here);
        foreach (NetNeighbor neighbor in matching)
            ForItem(neighbor, () => RemoveOne(here, neighbor));
    }

    private void RemoveOne(NetworkNamespace here, NetNeighbor neighbor)
    {
        string proxy = neighbor.IsProxy ? "proxy " : "";
        if (ShouldProcess(neighbor.ToString(), Ip(here, $"neighbour del {proxy}{neighbor} dev {neighbor.InterfaceName}")))
            new NeighborService(here).Remove(neighbor.InterfaceIndex, neighbor.IPAddress, neighbor.IsProxy);
    }
}
