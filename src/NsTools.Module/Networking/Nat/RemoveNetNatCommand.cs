using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking.Nat;

namespace NsTools.Module.Networking.Nat;

/// <summary>Remove-NetNat: no longer lets a network out, nor anything in to it that was published through it.</summary>
[Cmdlet(VerbsCommon.Remove, "NetNat", SupportsShouldProcess = true)]
[OutputType(typeof(NetNat))]
public sealed class RemoveNetNatCommand : NsToolsCmdlet
{
    /// <summary>Names; wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NetNatNameCompleter))]
    public string[] Name { get; set; } = [];

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
        foreach (string name in Name)
        {
            ForItem(name, () =>
            {
                NatService service = new(Namespace, StopToken);
                foreach (NetNat nat in NatSelection.ByName(service.List(), name, service))
                    ForItem(nat, () => Remove(service, nat));
            });
        }
    }

    private void Remove(NatService service, NetNat nat)
    {
        if (!ShouldProcess(nat.Name, NatCommandLine.Remove(Namespace, nat)))
            return;
        service.Remove(nat.Name);
        if (PassThru)
            WriteObject(nat);
    }
}
