using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Get-NetIPConfiguration: links with their addresses and default gateways.</summary>
[Cmdlet(VerbsCommon.Get, "NetIPConfiguration")]
[OutputType(typeof(NetIPConfiguration))]
public sealed class GetNetIPConfigurationCommand : NetworkCmdlet
{
    /// <summary>Names of the links; wildcards. Without it, those that have an address, but not the loopback.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Alias("InterfaceName", "InterfaceAlias")]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>All links.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>The network namespaces to look in; the caller's own if none is given.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference?[]? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NamespaceReference? reference in Namespace is { Length: > 0 } given ? given : [null])
            ForItem(reference, () => Write(Open(reference)));
    }

    private void Write(NetworkNamespace here)
    {
        IReadOnlyList<NetIPConfiguration> configurations = new IPConfigurationService(here).List(StopToken);
        if (Name.Length == 0)
        {
            WriteObject(
                configurations.Where(c => All || (!c.Link.Flags.HasFlag(NetLinkFlags.Loopback) && c.IPv4Address.Count + c.IPv6Address.Count > 0)),
                enumerateCollection: true);
            return;
        }
        foreach (string name in Name)
        {
            WildcardPattern pattern = Pattern(name);
            List<NetIPConfiguration> matching = [.. configurations.Where(c => pattern.IsMatch(c.InterfaceName))];
            WriteObject(matching, enumerateCollection: true);
            if (matching.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
                ForItem(name, () => new LinkService(here).Get(new LinkReference { Name = name }));
        }
    }
}
