using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking.Nat;

namespace NsTools.Module.Networking.Nat;

/// <summary>Remove-NetNatStaticMapping: ends the publishing of ports.</summary>
[Cmdlet(VerbsCommon.Remove, "NetNatStaticMapping", SupportsShouldProcess = true)]
[OutputType(typeof(NetNatStaticMapping))]
public sealed class RemoveNetNatStaticMappingCommand : NsToolsCmdlet
{
    /// <summary>The numbers.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, int.MaxValue)]
    public int[] StaticMappingID { get; set; } = [];

    /// <summary>The network namespace; the caller's own if none is given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>Returns what was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (int id in StaticMappingID)
        {
            ForItem(id, () =>
            {
                NatService service = new(Namespace, StopToken);
                NetNatStaticMapping? mapping = service.ListMappings().FirstOrDefault(mapping => mapping.StaticMappingID == id);
                if (mapping is not null && !ShouldProcess(mapping.ToString(), NatCommandLine.Remove(Namespace, mapping)))
                    return;
                // One that is not there is told of by the service.
                service.RemoveMapping(id);
                if (PassThru)
                    WriteObject(mapping);
            });
        }
    }
}
