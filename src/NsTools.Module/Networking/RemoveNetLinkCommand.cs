using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>
/// Remove-NetLink: removes links. They are collected first: the kernel removes many at once about as fast as one.
/// </summary>
[Cmdlet(VerbsCommon.Remove, "NetLink", SupportsShouldProcess = true)]
public sealed class RemoveNetLinkCommand : NetworkCmdlet
{
    private readonly Dictionary<NetworkNamespace, List<NetLink>> _links = [];

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

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (LinkReference reference in Link)
        {
            ForItem(reference, () =>
            {
                NetworkNamespace here = OpenFor(reference, Namespace);
                foreach (NetLink link in Find(here, reference, fresh: false))
                {
                    if (ShouldProcess(link.Name, Ip(here, $"link del dev {link.Name}")))
                        Collect(here, link);
                }
            });
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach ((NetworkNamespace here, List<NetLink> links) in _links)
        {
            ForItem(here.Name, () =>
            {
                foreach ((NetLink link, Exception failure) in new LinkService(here).Remove(links))
                    WriteError(Failure.ToErrorRecord(failure, link));
            });
        }
    }

    private void Collect(NetworkNamespace here, NetLink link)
    {
        if (!_links.TryGetValue(here, out List<NetLink>? links))
            _links.Add(here, links = []);
        links.Add(link);
    }
}
