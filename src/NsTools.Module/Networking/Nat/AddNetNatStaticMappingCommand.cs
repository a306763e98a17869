using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking.Nat;

namespace NsTools.Module.Networking.Nat;

/// <summary>Add-NetNatStaticMapping: publishes a port of a machine behind a NAT.</summary>
[Cmdlet(VerbsCommon.Add, "NetNatStaticMapping", SupportsShouldProcess = true)]
[OutputType(typeof(NetNatStaticMapping))]
public sealed class AddNetNatStaticMappingCommand : NsToolsCmdlet
{
    /// <summary>The NAT that the machine is behind: its name, or the object.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NetNatNameCompleter))]
    public string NatName { get; set; } = "";

    /// <summary>TCP or UDP.</summary>
    [Parameter]
    public NetNatProtocol Protocol { get; set; } = NetNatProtocol.Tcp;

    /// <summary>The address to publish it on; every one of this machine if none is given.</summary>
    [Parameter]
    public IPAddress? ExternalIPAddress { get; set; }

    /// <summary>The port to publish it on; the internal one if none is given.</summary>
    [Parameter]
    [ValidateRange(1, ushort.MaxValue)]
    public int ExternalPort { get; set; }

    /// <summary>Address of the machine.</summary>
    [Parameter(Mandatory = true)]
    public IPAddress InternalIPAddress { get; set; } = IPAddress.None;

    /// <summary>Port on the machine.</summary>
    [Parameter(Mandatory = true)]
    [ValidateRange(1, ushort.MaxValue)]
    public int InternalPort { get; set; }

    /// <summary>The network namespace; the caller's own if none is given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(NatName, () =>
    {
        IPAddress any = InternalIPAddress.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        IPEndPoint external = new(ExternalIPAddress ?? any, ExternalPort == 0 ? InternalPort : ExternalPort);
        IPEndPoint inside = new(InternalIPAddress, InternalPort);
        if (ShouldProcess(NatName, NatCommandLine.Publish(Namespace, Protocol, external, inside)))
            WriteObject(new NatService(Namespace, StopToken).AddMapping(NatName, Protocol, external, inside));
    });
}
