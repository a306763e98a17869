using System.Management.Automation;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Get-NetNeighbor: what is known of other machines on the links.</summary>
[Cmdlet(VerbsCommon.Get, "NetNeighbor")]
[OutputType(typeof(NetNeighbor))]
public sealed class GetNetNeighborCommand : LinkContentQueryCmdlet<NetNeighbor>
{
    /// <summary>Addresses; wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] IPAddress { get; set; } = [];

    /// <summary>Only in these states; all but NoArp if none is given, as <c>ip neighbour</c> does.</summary>
    [Parameter]
    public NetNeighborState[] State { get; set; } = [];

    /// <summary>The addresses that this host answers for, instead.</summary>
    [Parameter]
    public SwitchParameter Proxy { get; set; }

    private protected override string[] Wanted => IPAddress;

    private protected override IEnumerable<NetNeighbor> Read(NetworkNamespace here, IReadOnlySet<int>? links) =>
        new NeighborService(here).List(family: AddressFamily, proxies: Proxy, cancellationToken: StopToken)
            .Where(n => links?.Contains(n.InterfaceIndex) != false && (State.Length == 0 ? n.State != NetNeighborState.NoArp : State.Contains(n.State)));

    private protected override bool Matches(NetNeighbor item, WildcardPattern pattern) => IsMeant(item, pattern);

    private protected override NsToolsException NotFound(string text, NetworkNamespace here) => Missing(text, here);

    /// <summary>True for a neighbour that a text means: its address, with or without the link.</summary>
    internal static bool IsMeant(NetNeighbor neighbor, WildcardPattern pattern) =>
        pattern.IsMatch(neighbor.IPAddress.ToString()) || pattern.IsMatch(neighbor.IPAddress.ToString().Split('%')[0]);

    /// <summary>The error for a neighbour that is not known.</summary>
    internal static NsToolsException Missing(string text, NetworkNamespace here) => new(
        FailureKind.NotFound, "NeighborNotFound", $"No neighbour '{text}' is known in {here.Description}.", "Get-NetNeighbor shows those that are.");
}
