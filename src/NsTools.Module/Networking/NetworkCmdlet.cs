using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>What the network cmdlets have in common: each namespace opened once, links found in the right one.</summary>
public abstract class NetworkCmdlet : NsToolsCmdlet
{
    private readonly Dictionary<string, NetworkNamespace> _opened = [];

    /// <summary>Opens a namespace, or gives the one that this command has opened before.</summary>
    /// <param name="reference">Names it; null for the caller's own.</param>
    private protected NetworkNamespace Open(NamespaceReference? reference)
    {
        string key = reference?.Text ?? "";
        if (!_opened.TryGetValue(key, out NetworkNamespace? opened))
            _opened.Add(key, opened = NetworkNamespace.Open(reference));
        return opened;
    }

    /// <summary>The namespace in which a link is: where the object came from, or else the one given.</summary>
    /// <param name="link">Names the link.</param>
    /// <param name="given">What <c>-Namespace</c> says.</param>
    private protected NetworkNamespace OpenFor(LinkReference link, NamespaceReference? given) =>
        Open(!link.IsBound ? given : link.Namespace is { } text ? NamespaceReference.FromText(text) : null);

    /// <summary>The namespace that an object came from.</summary>
    /// <param name="text">The object's <c>Namespace</c>.</param>
    private protected NetworkNamespace OpenText(string? text) => Open(text is null ? null : NamespaceReference.FromText(text));

    /// <summary>The links that a reference names: one, or those that its wildcards match.</summary>
    /// <param name="networkNamespace">Where to look.</param>
    /// <param name="link">The reference.</param>
    /// <param name="fresh">False when an object's own state, however old, will do.</param>
    private protected IReadOnlyList<NetLink> Find(NetworkNamespace networkNamespace, LinkReference link, bool fresh = true)
    {
        if (!fresh && link.Link is not null)
            return [link.Link];
        LinkService service = new(networkNamespace);
        if (link.Index > 0 || link.Name is null || !WildcardPattern.ContainsWildcardCharacters(link.Name))
            return [service.Get(link.Name is null ? link : link with { Name = WildcardPattern.Unescape(link.Name) })];
        WildcardPattern pattern = Pattern(link.Name);
        return [.. service.List(StopToken).Where(l => pattern.IsMatch(l.Name) || l.AlternativeNames.Any(pattern.IsMatch))];
    }

    /// <summary>The namespaces to look in: those given, or the caller's own.</summary>
    /// <param name="given">What <c>-Namespace</c> says.</param>
    private protected static IReadOnlyList<NamespaceReference?> Places(NamespaceReference?[]? given) => given is { Length: > 0 } ? given : [null];

    /// <summary>Writes what the texts mean, or everything: a literal text that nothing has is an error, a wildcard is not.</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <param name="here">Where it was looked for.</param>
    /// <param name="items">What there is.</param>
    /// <param name="wanted">The texts; none for everything.</param>
    /// <param name="matches">Whether something is what a pattern means.</param>
    /// <param name="notFound">Makes the error.</param>
    /// <param name="options">Whether case matters.</param>
    private protected void WriteMatching<T>(
        NetworkNamespace here, IEnumerable<T> items, string[] wanted, Func<T, WildcardPattern, bool> matches,
        Func<string, NetworkNamespace, Exception> notFound, WildcardOptions options)
    {
        if (wanted.Length == 0)
        {
            WriteObject(items, enumerateCollection: true);
            return;
        }
        List<T> all = [.. items];
        foreach (string text in wanted)
        {
            WildcardPattern pattern = WildcardPattern.Get(text, options);
            List<T> matching = all.FindAll(item => matches(item, pattern));
            WriteObject(matching, enumerateCollection: true);
            if (matching.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(text))
                ForItem(text, () => throw notFound(text, here));
        }
    }

    /// <summary>Link names are told apart by case.</summary>
    private protected static WildcardPattern Pattern(string text) => WildcardPattern.Get(text, WildcardOptions.None);

    /// <summary>The shell command for what is about to be done, as <c>-WhatIf</c> and <c>-Verbose</c> show it.</summary>
    /// <param name="networkNamespace">Where it is done.</param>
    /// <param name="arguments">What follows <c>ip</c>.</param>
    private protected static string Ip(NetworkNamespace networkNamespace, string arguments) =>
        networkNamespace.Name is { } name ? $"ip -n {name} {arguments}" : $"ip {arguments}";

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (NetworkNamespace opened in _opened.Values)
                opened.Dispose();
            _opened.Clear();
        }
        base.Dispose(disposing);
    }
}
