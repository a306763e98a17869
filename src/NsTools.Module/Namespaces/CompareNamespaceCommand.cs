using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;

namespace NsTools.Module.Namespaces;

/// <summary>Compare-Namespace: a row for each kind of namespace, telling whether two processes or sets share it.</summary>
[Cmdlet(VerbsData.Compare, "Namespace")]
[OutputType(typeof(NamespaceComparison))]
public sealed class CompareNamespaceCommand : NsToolsCmdlet
{
    /// <summary>What to compare with: a process or its ID, a namespace set, a namespace, a name or a path.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference ReferenceObject { get; set; } = null!;

    /// <summary>What is compared, of the same forms.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference DifferenceObject { get; set; } = null!;

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        ForItem(DifferenceObject.DisplayName, () => WriteObject(NamespaceComparer.Compare(ReferenceObject, DifferenceObject), true));
}
