using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Get-NetBridgePort: the ports of bridges.</summary>
[Cmdlet(VerbsCommon.Get, "NetBridgePort")]
[OutputType(typeof(NetBridgePort))]
public sealed class GetNetBridgePortCommand : NetworkCmdlet
{
    /// <summary>Names of the links that are ports; wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Alias("InterfaceName", "InterfaceAlias")]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Only ports of this bridge.</summary>
    [Parameter]
    [Alias("Master")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Bridge { get; set; }

    /// <summary>The network namespaces to look in; the caller's own if none is given.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference?[]? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NamespaceReference? reference in Namespace is { Length: > 0 } given ? given : [null])
            ForItem(reference, () => GetFrom(Open(reference)));
    }

    private void GetFrom(NetworkNamespace here)
    {
        int bridge = Bridge is null ? 0 : new LinkService(here).Resolve(Bridge);
        List<NetBridgePort> ports = [.. new BridgePortService(here).List(StopToken).Where(p => bridge == 0 || p.BridgeIndex == bridge)];
        if (Name.Length == 0)
        {
            WriteObject(ports, enumerateCollection: true);
            return;
        }
        foreach (string name in Name)
        {
            WildcardPattern pattern = Pattern(name);
            List<NetBridgePort> matching = [.. ports.Where(p => pattern.IsMatch(p.InterfaceName))];
            WriteObject(matching, enumerateCollection: true);
            if (matching.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
                ForItem(name, () => throw RemoveNetBridgePortCommand.NoPort(name, here));
        }
    }
}
