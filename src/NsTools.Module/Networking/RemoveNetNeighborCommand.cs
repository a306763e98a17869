using System.Management.Automation;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Remove-NetNeighbor: forgets neighbours.</summary>
[Cmdlet(VerbsCommon.Remove, "NetNeighbor", SupportsShouldProcess = true, DefaultParameterSetName = TextSet)]
public sealed class RemoveNetNeighborCommand : LinkContentRemovalCmdlet<NetNeighbor>
{
    /// <summary>Addresses; wildcards.</summary>
    [Parameter(ParameterSetName = TextSet, Mandatory = true, Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] IPAddress { get; set; } = [];

    /// <summary>Only on this link.</summary>
    [Parameter(ParameterSetName = TextSet, Position = 1)]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Link { get; set; }

    /// <summary>The addresses that this host answers for, instead.</summary>
    [Parameter(ParameterSetName = TextSet)]
    public SwitchParameter Proxy { get; set; }

    private protected override string[] Wanted => IPAddress;

    private protected override LinkReference? OnlyLink => Link;

    // Those without ARP are the kernel's own, for multicast and the like: only by name.
    private protected override IEnumerable<NetNeighbor> Read(NetworkNamespace here, int interfaceIndex, bool byWildcard) =>
        new NeighborService(here).List(interfaceIndex, null, Proxy, StopToken).Where(n => !byWildcard || n.State != NetNeighborState.NoArp);

    private protected override string? NamespaceOf(NetNeighbor item) => item.Namespace;

    private protected override bool Matches(NetNeighbor item, WildcardPattern pattern) => GetNetNeighborCommand.IsMeant(item, pattern);

    private protected override NsToolsException NotFound(string text, NetworkNamespace here) => GetNetNeighborCommand.Missing(text, here);

    private protected override void RemoveOne(NetworkNamespace here, NetNeighbor item)
    {
        string proxy = item.IsProxy ? "proxy " : "";
        if (ShouldProcess(item.ToString(), Ip(here, $"neighbour del {proxy}{item} dev {item.InterfaceName}")))
            new NeighborService(here).Remove(item.InterfaceIndex, item.IPAddress, item.IsProxy);
    }
}
