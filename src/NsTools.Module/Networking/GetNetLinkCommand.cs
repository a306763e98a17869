using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Get-NetLink: the links of network namespaces.</summary>
[Cmdlet(VerbsCommon.Get, "NetLink")]
[OutputType(typeof(NetLink))]
public sealed class GetNetLinkCommand : NetworkCmdlet
{
    /// <summary>Names; wildcards. Alternative names count too.</summary>
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

    /// <summary>Only links of these kinds; wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(LinkKindCompleter))]
    public string[] Kind { get; set; } = [];

    /// <summary>Only the ports of this bridge or other master.</summary>
    [Parameter]
    [Alias("Bridge")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Master { get; set; }

    /// <summary>Only links that are switched on; with <c>-Up:$false</c> only those that are off.</summary>
    [Parameter]
    public SwitchParameter Up { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NamespaceReference? reference in Namespace is { Length: > 0 } given ? given : [null])
            ForItem(reference, () => GetFrom(Open(reference)));
    }

    private void GetFrom(NetworkNamespace networkNamespace)
    {
        int master = Master is null ? 0 : new LinkService(networkNamespace).Resolve(Master);
        if (Name.Length == 0)
        {
            Write(new LinkService(networkNamespace).List(StopToken), master);
            return;
        }
        foreach (string name in Name)
            ForItem(name, () => Write(Find(networkNamespace, new LinkReference { Name = name }), master));
    }

    private void Write(IEnumerable<NetLink> links, int master)
    {
        List<WildcardPattern> kinds = [.. Kind.Select(k => WildcardPattern.Get(k, WildcardOptions.IgnoreCase))];
        bool byState = MyInvocation.BoundParameters.ContainsKey(nameof(Up));
        WriteObject(
            links.Where(l => (master == 0 || l.MasterIndex == master)
                && (kinds.Count == 0 || kinds.Any(k => k.IsMatch(l.Kind ?? l.LinkType)))
                && (!byState || l.IsUp == Up.IsPresent)),
            enumerateCollection: true);
    }
}
