using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking.Nat;

namespace NsTools.Module.Networking.Nat;

/// <summary>Get-NetNat: the networks that are let out under this machine's address.</summary>
[Cmdlet(VerbsCommon.Get, "NetNat")]
[OutputType(typeof(NetNat))]
public sealed class GetNetNatCommand : NsToolsCmdlet
{
    /// <summary>Names; wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NetNatNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The network namespaces to look in; the caller's own if none is given.</summary>
    [Parameter(ValueFromPipeline = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference?[]? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NamespaceReference? reference in Namespace is { Length: > 0 } given ? given : [null])
        {
            ForItem(reference, () =>
            {
                NatService service = new(reference, StopToken);
                IReadOnlyList<NetNat> nats = service.List();
                if (Name.Length == 0)
                    WriteObject(nats, enumerateCollection: true);
                foreach (string name in Name)
                    ForItem(name, () => WriteObject(NatSelection.ByName(nats, name, service), enumerateCollection: true));
            });
        }
    }
}
