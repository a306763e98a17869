using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking.Nat;

namespace NsTools.Module.Networking.Nat;

/// <summary>Get-NetNatStaticMapping: the published ports.</summary>
[Cmdlet(VerbsCommon.Get, "NetNatStaticMapping")]
[OutputType(typeof(NetNatStaticMapping))]
public sealed class GetNetNatStaticMappingCommand : NsToolsCmdlet
{
    /// <summary>Only these numbers.</summary>
    [Parameter(Position = 0)]
    [ValidateRange(1, int.MaxValue)]
    public int[] StaticMappingID { get; set; } = [];

    /// <summary>Only those through these NATs; wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NetNatNameCompleter))]
    public string[] NatName { get; set; } = [];

    /// <summary>The network namespaces to look in; the caller's own if none is given.</summary>
    [Parameter(ValueFromPipeline = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference?[]? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NamespaceReference? reference in Namespace is { Length: > 0 } given ? given : [null])
            ForItem(reference, () => Write(reference));
    }

    private void Write(NamespaceReference? reference)
    {
        NatService service = new(reference, StopToken);
        IReadOnlyList<NetNatStaticMapping> mappings = service.ListMappings();
        if (NatName.Length > 0)
        {
            IReadOnlyList<NetNat> nats = service.List();
            HashSet<string> names = [];
            foreach (string name in NatName)
                ForItem(name, () => names.UnionWith(NatSelection.ByName(nats, name, service).Select(nat => nat.Name)));
            mappings = [.. mappings.Where(mapping => names.Contains(mapping.NatName))];
        }
        if (StaticMappingID.Length == 0)
            WriteObject(mappings, enumerateCollection: true);
        foreach (int id in StaticMappingID)
        {
            ForItem(id, () => WriteObject(mappings.FirstOrDefault(mapping => mapping.StaticMappingID == id) ?? throw new NsToolsException(
                FailureKind.NotFound, "StaticMappingNotFound", $"There is no such static mapping: {id}.", "Get-NetNatStaticMapping shows those that there are.")));
        }
    }
}
