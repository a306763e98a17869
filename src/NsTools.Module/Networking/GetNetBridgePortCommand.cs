using System.Management.Automation;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Get-NetBridgePort: the ports of bridges.</summary>
[Cmdlet(VerbsCommon.Get, "NetBridgePort")]
[OutputType(typeof(NetBridgePort))]
public sealed class GetNetBridgePortCommand : LinkNameQueryCmdlet<NetBridgePort>
{
    /// <summary>Only ports of this bridge.</summary>
    [Parameter]
    [Alias("Master")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Bridge { get; set; }

    private protected override IReadOnlyList<NetBridgePort> Read(NetworkNamespace here)
    {
        int bridge = Bridge is null ? 0 : new LinkService(here).Resolve(Bridge);
        return [.. new BridgePortService(here).List(StopToken).Where(p => bridge == 0 || p.BridgeIndex == bridge)];
    }

    private protected override string NameOf(NetBridgePort item) => item.InterfaceName;

    private protected override NsToolsException NotFound(string name, NetworkNamespace here) => RemoveNetBridgePortCommand.NoPort(name, here);
}
