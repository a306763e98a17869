using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Remove-NetIPAddress: takes addresses from links.</summary>
[Cmdlet(VerbsCommon.Remove, "NetIPAddress", SupportsShouldProcess = true, DefaultParameterSetName = AddressSet)]
public sealed class RemoveNetIPAddressCommand : NetworkCmdlet
{
    private const string AddressSet = "Address";
    private const string InputObjectSet = "InputObject";

    /// <summary>The addresses, with or without prefix length; wildcards.</summary>
    [Parameter(ParameterSetName = AddressSet, Mandatory = true, Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] IPAddress { get; set; } = [];

    /// <summary>Only from this link.</summary>
    [Parameter(ParameterSetName = AddressSet, Position = 1)]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Link { get; set; }

    /// <summary>The network namespace that the links are in.</summary>
    [Parameter(ParameterSetName = AddressSet)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>The addresses, as Get-NetIPAddress gives them.</summary>
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public NetIPAddress[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NetIPAddress address in InputObject)
            ForItem(address, () => RemoveOne(OpenText(address.Namespace), address));
        foreach (string text in IPAddress)
            ForItem(text, () => RemoveMatching(text));
    }

    private void RemoveMatching(string text)
    {
        NetworkNamespace here = Link is null ? Open(Namespace) : OpenFor(Link, Namespace);
        int index = Link is null ? 0 : new LinkService(here).Resolve(Link);
        WildcardPattern pattern = WildcardPattern.Get(text, WildcardOptions.IgnoreCase);
        List<NetIPAddress> matching =
            [.. new AddressService(here).List(index).Where(a => pattern.IsMatch(a.ToString()) || pattern.IsMatch(GetNetIPAddressCommand.PlainText(a)) || pattern.IsMatch($"{GetNetIPAddressCommand.PlainText(a)}/{a.PrefixLength}"))];
        if (matching.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(text))
            throw GetNetIPAddressCommand.NotFound(text, here);
        foreach (NetIPAddress address in matching)
            ForItem(address, () => RemoveOne(here, address));
    }

    private void RemoveOne(NetworkNamespace here, NetIPAddress address)
    {
        if (!ShouldProcess(address.InterfaceName, Ip(here, $"address del {address} dev {address.InterfaceName}")))
            return;
        new AddressService(here).Remove(
            address.InterfaceIndex,
            new AddressSpecification(address.IPAddress, address.PrefixLength) { PeerAddress = address.PeerAddress, Scope = address.Scope });
    }
}
