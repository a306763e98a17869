using System.Management.Automation;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Remove-NetIPAddress: takes addresses from links.</summary>
[Cmdlet(VerbsCommon.Remove, "NetIPAddress", SupportsShouldProcess = true, DefaultParameterSetName = TextSet)]
public sealed class RemoveNetIPAddressCommand : LinkContentRemovalCmdlet<NetIPAddress>
{
    /// <summary>The addresses, with or without prefix length; wildcards.</summary>
    [Parameter(ParameterSetName = TextSet, Mandatory = true, Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] IPAddress { get; set; } = [];

    /// <summary>Only from this link.</summary>
    [Parameter(ParameterSetName = TextSet, Position = 1)]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Link { get; set; }

    private protected override string[] Wanted => IPAddress;

    private protected override LinkReference? OnlyLink => Link;

    private protected override IEnumerable<NetIPAddress> Read(NetworkNamespace here, int interfaceIndex, bool byWildcard) =>
        new AddressService(here).List(interfaceIndex, cancellationToken: StopToken);

    private protected override string? NamespaceOf(NetIPAddress item) => item.Namespace;

    private protected override bool Matches(NetIPAddress item, WildcardPattern pattern) => GetNetIPAddressCommand.IsMeant(item, pattern);

    private protected override NsToolsException NotFound(string text, NetworkNamespace here) => GetNetIPAddressCommand.Missing(text, here);

    private protected override void RemoveOne(NetworkNamespace here, NetIPAddress item)
    {
        if (!ShouldProcess(item.InterfaceName, Ip(here, $"address del {item} dev {item.InterfaceName}")))
            return;
        new AddressService(here).Remove(
            item.InterfaceIndex,
            new AddressSpecification(item.IPAddress, item.PrefixLength) { PeerAddress = item.PeerAddress, Scope = item.Scope });
    }
}
