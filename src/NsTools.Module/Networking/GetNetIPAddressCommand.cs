using System.Management.Automation;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Get-NetIPAddress: the addresses of links.</summary>
[Cmdlet(VerbsCommon.Get, "NetIPAddress")]
[OutputType(typeof(NetIPAddress))]
public sealed class GetNetIPAddressCommand : LinkContentQueryCmdlet<NetIPAddress>
{
    /// <summary>Addresses; wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] IPAddress { get; set; } = [];

    /// <summary>Only in this state.</summary>
    [Parameter]
    public NetAddressState? State { get; set; }

    private protected override string[] Wanted => IPAddress;

    private protected override IEnumerable<NetIPAddress> Read(NetworkNamespace here, IReadOnlySet<int>? links) =>
        new AddressService(here).List(family: AddressFamily, cancellationToken: StopToken)
            .Where(a => links?.Contains(a.InterfaceIndex) != false && (State is null || a.State == State));

    private protected override bool Matches(NetIPAddress item, WildcardPattern pattern) => IsMeant(item, pattern);

    private protected override NsToolsException NotFound(string text, NetworkNamespace here) => Missing(text, here);

    /// <summary>True for an address that a text means: with or without its link, with or without prefix length.</summary>
    internal static bool IsMeant(NetIPAddress address, WildcardPattern pattern) =>
        pattern.IsMatch(PlainText(address)) || pattern.IsMatch(address.ToString()) || pattern.IsMatch($"{PlainText(address)}/{address.PrefixLength}");

    /// <summary>The address without its link.</summary>
    internal static string PlainText(NetIPAddress address) => address.IPAddress.ToString().Split('%')[0];

    /// <summary>The error for an address that no link has.</summary>
    internal static NsToolsException Missing(string text, NetworkNamespace here) => new(
        FailureKind.NotFound, "AddressNotFound", $"No link of {here.Description} has the address '{text}'.", "Get-NetIPAddress shows those that there are.");
}
