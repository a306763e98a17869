using System.Management.Automation;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Get-NetIPConfiguration: links with their addresses and default gateways; unless asked by name, those that have an address, but not the loopback.</summary>
[Cmdlet(VerbsCommon.Get, "NetIPConfiguration")]
[OutputType(typeof(NetIPConfiguration))]
public sealed class GetNetIPConfigurationCommand : LinkNameQueryCmdlet<NetIPConfiguration>
{
    /// <summary>All links.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    private protected override IReadOnlyList<NetIPConfiguration> Read(NetworkNamespace here) =>
    [
        .. new IPConfigurationService(here).List(StopToken).Where(c => All || Name.Length > 0
            || (!c.Link.Flags.HasFlag(NetLinkFlags.Loopback) && c.IPv4Address.Count + c.IPv6Address.Count > 0)),
    ];

    private protected override string NameOf(NetIPConfiguration item) => item.InterfaceName;

    private protected override NsToolsException NotFound(string name, NetworkNamespace here) => LinkService.NotFound(here, name);
}
