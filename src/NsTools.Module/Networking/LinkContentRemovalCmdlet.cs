using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>What the cmdlets that remove addresses, routes and neighbours have in common: objects, or what a text means on a link.</summary>
/// <typeparam name="T">What they remove.</typeparam>
public abstract class LinkContentRemovalCmdlet<T> : NetworkCmdlet
    where T : class
{
    /// <summary>Parameter set of the objects.</summary>
    protected const string InputObjectSet = "InputObject";

    /// <summary>Parameter set of what is named by a text.</summary>
    protected const string TextSet = "Text";

    /// <summary>The network namespace.</summary>
    [Parameter(ParameterSetName = TextSet)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>What is to be removed, as the Get- cmdlet gives it.</summary>
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public T[] InputObject { get; set; } = [];

    /// <summary>What is named by a text.</summary>
    private protected abstract string[] Wanted { get; }

    /// <summary>Only of this link; null for all.</summary>
    private protected abstract LinkReference? OnlyLink { get; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (T item in InputObject)
            ForItem(item, () => RemoveOne(OpenText(NamespaceOf(item)), item));
        foreach (string text in Wanted)
            ForItem(text, () => RemoveMatching(text));
    }

    /// <summary>Reads a namespace.</summary>
    /// <param name="here">The namespace.</param>
    /// <param name="interfaceIndex">Only of this link; 0 for all.</param>
    /// <param name="byWildcard">False when one thing is named.</param>
    private protected abstract IEnumerable<T> Read(NetworkNamespace here, int interfaceIndex, bool byWildcard);

    /// <summary>Where an object came from.</summary>
    private protected abstract string? NamespaceOf(T item);

    /// <summary>True for what a text, perhaps with wildcards, means.</summary>
    private protected abstract bool Matches(T item, WildcardPattern pattern);

    /// <summary>The error for a literal text that nothing has.</summary>
    private protected abstract NsToolsException NotFound(string text, NetworkNamespace here);

    /// <summary>Removes one, if it shall be.</summary>
    private protected abstract void RemoveOne(NetworkNamespace here, T item);

    private void RemoveMatching(string text)
    {
        NetworkNamespace here = OnlyLink is null ? Open(Namespace) : OpenFor(OnlyLink, Namespace);
        int index = OnlyLink is null ? 0 : new LinkService(here).Resolve(OnlyLink);
        bool byWildcard = WildcardPattern.ContainsWildcardCharacters(text);
        WildcardPattern pattern = WildcardPattern.Get(text, WildcardOptions.IgnoreCase);
        List<T> matching = [.. Read(here, index, byWildcard).Where(item => Matches(item, pattern))];
        if (matching.Count == 0 && !byWildcard)
            throw NotFound(text, here);
        foreach (T item in matching)
            ForItem(item, () => RemoveOne(here, item));
    }
}
