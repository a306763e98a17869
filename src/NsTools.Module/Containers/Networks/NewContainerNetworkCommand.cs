using System.Collections;
using System.Management.Automation;
using System.Net;
using NsTools.Containers.Networks;
using NsTools.Module.Common;
using NsTools.Networking;

namespace NsTools.Module.Containers.Networks;

/// <summary>New-ContainerNetwork: makes a network for containers; its bridge comes with the first one on it.</summary>
[Cmdlet(VerbsCommon.New, "ContainerNetwork", SupportsShouldProcess = true)]
[OutputType(typeof(ContainerNetwork))]
public sealed class NewContainerNetworkCommand : NsToolsCmdlet
{
    /// <summary>The names of the networks.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>Where its addresses are from, such as 10.1.2.0/24; one of IPv4 and one of IPv6 at most. Without it a free one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Subnet { get; set; } = [];

    /// <summary>The host's address in each subnet; without it the first.</summary>
    [Parameter]
    [ValidateNotNull]
    public IPAddress[] Gateway { get; set; } = [];

    /// <summary>Has IPv6 addresses, too: of a unique local network where -Subnet has none.</summary>
    [Parameter]
    public SwitchParameter IPv6 { get; set; }

    /// <summary>Leads nowhere but to the host and the containers on it.</summary>
    [Parameter]
    public SwitchParameter Internal { get; set; }

    /// <summary>Name of the bridge on the host; without it a free one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? InterfaceName { get; set; }

    /// <summary>MTU of its links in bytes.</summary>
    [Parameter]
    [ValidateRange(68, 65535)]
    public long Mtu { get; set; }

    /// <summary>Labels.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Label { get; set; } = new Hashtable();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
            ForItem(name, () => Make(name));
    }

    private void Make(string name)
    {
        ContainerNetworkOptions options = new()
        {
            Name = name,
            Subnets = [.. Subnet.Select(text => PrefixOf(text))],
            Gateways = Gateway,
            HasIPv6 = IPv6,
            IsInternal = Internal,
            InterfaceName = InterfaceName,
            Mtu = Mtu > 0 ? Mtu : null,
            Labels = Label.Cast<DictionaryEntry>().ToDictionary(entry => entry.Key.ToString() ?? "", entry => entry.Value?.ToString() ?? ""),
        };
        if (ShouldProcess(name, ContainerNetworkShellCommand.Create(options)))
            WriteObject(ContainerNetworkStore.Current.Create(options, StopToken));
    }

    private static IPNetwork PrefixOf(string text) => RouteDestination.Parse(text, null) is { PrefixLength: > 0 } prefix && text.Contains('/')
        ? prefix
        : throw new NsToolsException(FailureKind.InvalidArgument, "InvalidPrefix", $"'{text}' is no subnet.", "Give a network with the length of its prefix, such as 10.1.2.0/24 or fd00:1::/64.");
}
