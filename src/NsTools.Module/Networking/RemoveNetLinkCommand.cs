using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>
/// Remove-NetLink: removes links. They are collected first: the kernel removes many at once about as fast as one.
/// </summary>
[Cmdlet(VerbsCommon.Remove, "NetLink", SupportsShouldProcess = true)]
public sealed class RemoveNetLinkCommand : LinkChangeCmdlet
{
    private readonly Dictionary<NetworkNamespace, List<NetLink>> _links = [];

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

    private protected override void Change(NetworkNamespace here, NetLink link, bool byWildcard)
    {
        if (!ShouldProcess(link.Name, Ip(here, $"link del dev {link.Name}")))
            return;
        if (!_links.TryGetValue(here, out List<NetLink>? links))
            _links.Add(here, links = []);
        links.Add(link);
    }
}
