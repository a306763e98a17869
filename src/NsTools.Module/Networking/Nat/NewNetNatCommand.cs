using System.Management.Automation;
using System.Net;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;
using NsTools.Networking.Nat;

namespace NsTools.Module.Networking.Nat;

/// <summary>New-NetNat: lets a network out under this machine's address.</summary>
[Cmdlet(VerbsCommon.New, "NetNat", SupportsShouldProcess = true)]
[OutputType(typeof(NetNat))]
public sealed class NewNetNatCommand : NsToolsCmdlet
{
    /// <summary>A name for it.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>The network: <c>192.168.0.0/24</c>.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("Prefix")]
    [ValidateNotNullOrEmpty]
    public string InternalIPInterfaceAddressPrefix { get; set; } = "";

    /// <summary>The network namespace that routes for it; the caller's own if none is given.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Name, () =>
    {
        IPNetwork prefix = RouteDestination.Parse(InternalIPInterfaceAddressPrefix, null);
        if (ShouldProcess(Name, NatCommandLine.Add(Namespace, prefix)))
            WriteObject(new NatService(Namespace, StopToken).Add(Name, prefix));
    });
}
