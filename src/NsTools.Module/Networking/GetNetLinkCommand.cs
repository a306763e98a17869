using System.Management.Automation;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Get-NetLink: the links of network namespaces.</summary>
[Cmdlet(VerbsCommon.Get, "NetLink")]
[OutputType(typeof(NetLink))]
public sealed class GetNetLinkCommand : LinkNameQueryCmdlet<NetLink>
{
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

    // One that is asked for by its name is asked of the kernel by its name, be it an alternative one.
    private protected override void WriteFrom(NetworkNamespace here)
    {
        int master = Master is null ? 0 : new LinkService(here).Resolve(Master);
        if (Name.Length == 0)
            Write(Read(here), master);
        foreach (string name in Name)
            ForItem(name, () => Write(Find(here, new LinkReference { Name = name }), master));
    }

    private protected override IReadOnlyList<NetLink> Read(NetworkNamespace here) => new LinkService(here).List(StopToken);

    private protected override string NameOf(NetLink item) => item.Name;

    private protected override NsToolsException NotFound(string name, NetworkNamespace here) => LinkService.NotFound(here, name);

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
