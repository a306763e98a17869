using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>What the cmdlets that list something of each link have in common: links by name, in one namespace after the other.</summary>
/// <typeparam name="T">What they list.</typeparam>
public abstract class LinkNameQueryCmdlet<T> : NetworkCmdlet
{
    /// <summary>Names of the links; wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Alias("InterfaceName", "InterfaceAlias")]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The network namespaces to look in; the caller's own if none is given.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference?[]? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NamespaceReference? reference in Places(Namespace))
            ForItem(reference, () => WriteFrom(Open(reference)));
    }

    /// <summary>Writes what there is of a namespace.</summary>
    private protected virtual void WriteFrom(NetworkNamespace here) =>
        WriteMatching(here, Read(here), Name, (item, pattern) => pattern.IsMatch(NameOf(item)), NotFound, WildcardOptions.None);

    /// <summary>Reads a namespace.</summary>
    private protected abstract IReadOnlyList<T> Read(NetworkNamespace here);

    /// <summary>Name of the link that something is of.</summary>
    private protected abstract string NameOf(T item);

    /// <summary>The error for a literal name that nothing has.</summary>
    private protected abstract NsToolsException NotFound(string name, NetworkNamespace here);
}
