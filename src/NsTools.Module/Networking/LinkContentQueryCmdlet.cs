using System.Management.Automation;
using System.Net.Sockets;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>What the cmdlets that list addresses, routes and neighbours have in common: by which link, of which family, where.</summary>
/// <typeparam name="T">What they list.</typeparam>
public abstract class LinkContentQueryCmdlet<T> : NetworkCmdlet
{
    /// <summary>Only of these links: objects, names with wildcards, indexes.</summary>
    [Parameter(ValueFromPipeline = true)]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference[] Link { get; set; } = [];

    /// <summary>Only IPv4 or IPv6.</summary>
    [Parameter]
    [AddressFamilyTransformation]
    [ArgumentCompleter(typeof(NetworkWordCompleter))]
    public AddressFamily? AddressFamily { get; set; }

    /// <summary>The network namespaces to look in; the caller's own if none is given.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference?[]? Namespace { get; set; }

    /// <summary>What of it is asked for by its text.</summary>
    private protected abstract string[] Wanted { get; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NamespaceReference? reference in Places(Namespace))
        {
            if (Link.Length == 0)
                ForItem(reference, () => WriteFrom(Open(reference), null));
            foreach (LinkReference link in Link)
            {
                ForItem(link, () =>
                {
                    NetworkNamespace here = OpenFor(link, reference);
                    WriteFrom(here, [.. Find(here, link, fresh: false).Select(l => l.Index)]);
                });
            }
        }
    }

    /// <summary>Reads a namespace.</summary>
    /// <param name="here">The namespace.</param>
    /// <param name="links">Only of these links, by index; null for all.</param>
    private protected abstract IEnumerable<T> Read(NetworkNamespace here, IReadOnlySet<int>? links);

    /// <summary>True for what a text, perhaps with wildcards, means.</summary>
    private protected abstract bool Matches(T item, WildcardPattern pattern);

    /// <summary>The error for a literal text that nothing has.</summary>
    private protected abstract NsToolsException NotFound(string text, NetworkNamespace here);

    private void WriteFrom(NetworkNamespace here, HashSet<int>? links) => WriteMatching(here, Read(here, links), Wanted, Matches, NotFound, WildcardOptions.IgnoreCase);
}
