using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>What the cmdlets that do something to links have in common: which links, and where they are.</summary>
public abstract class LinkChangeCmdlet : NetworkCmdlet
{
    /// <summary>The links: objects, names with wildcards, indexes.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Name", "InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference[] Link { get; set; } = [];

    /// <summary>The network namespace that they are in, where the objects do not say.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>False when an object's own state, however old, will do.</summary>
    private protected virtual bool NeedsFreshLink => false;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (LinkReference reference in Link)
        {
            ForItem(reference, () =>
            {
                NetworkNamespace here = OpenFor(reference, Namespace);
                bool byWildcard = reference.Index == 0 && WildcardPattern.ContainsWildcardCharacters(reference.Name ?? "");
                foreach (NetLink link in Find(here, reference, NeedsFreshLink))
                    ForItem(link, () => Change(here, link, byWildcard));
            });
        }
    }

    /// <summary>Does it to one link.</summary>
    /// <param name="here">Where the link is.</param>
    /// <param name="link">The link.</param>
    /// <param name="byWildcard">False when this very link is meant.</param>
    private protected abstract void Change(NetworkNamespace here, NetLink link, bool byWildcard);
}
