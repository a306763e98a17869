using System.Management.Automation;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Remove-NetBridgePort: unplugs links from their bridge; the links stay.</summary>
[Cmdlet(VerbsCommon.Remove, "NetBridgePort", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class RemoveNetBridgePortCommand : LinkChangeCmdlet
{
    /// <summary>Give back the links.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>The error for a link that is plugged into no bridge.</summary>
    internal static NsToolsException NoPort(string name, NetworkNamespace here) => new(
        FailureKind.NotFound, "NotABridgePort", $"'{name}' is the port of no bridge in {here.Description}.", "Get-NetBridgePort shows those that are.");

    /// <summary>Whether it is a port is what it is about.</summary>
    private protected override bool NeedsFreshLink => true;

    private protected override void Change(NetworkNamespace here, NetLink link, bool byWildcard)
    {
        if (!BridgePortService.IsPort(link))
        {
            if (!byWildcard)
                throw NoPort(link.Name, here);
            return;
        }
        if (!ShouldProcess(link.Name, Ip(here, $"link set dev {link.Name} nomaster")))
            return;
        LinkService service = new(here);
        service.Change(link, new LinkChange { MasterIndex = 0 });
        if (PassThru)
            WriteObject(service.Get(new LinkReference { Index = link.Index }));
    }
}
