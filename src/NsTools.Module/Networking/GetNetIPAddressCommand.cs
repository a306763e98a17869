using System.Management.Automation;
using System.Net.Sockets;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Get-NetIPAddress: the addresses of links.</summary>
[Cmdlet(VerbsCommon.Get, "NetIPAddress")]
[OutputType(typeof(NetIPAddress))]
public sealed class GetNetIPAddressCommand : NetworkCmdlet
{
    /// <summary>Addresses; wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] IPAddress { get; set; } = [];

    /// <summary>Only of these links: objects, names with wildcards, indexes.</summary>
    [Parameter(ValueFromPipeline = true)]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference[] Link { get; set; } = [];

    /// <summary>Only IPv4 or IPv6.</summary>
    [Parameter]
    [AddressFamilyTransformation]
    [ArgumentCompleter(typeof(NetworkWordCompleter))]
    public AddressFamily? AddressFamily { get; set; }

    /// <summary>Only in this state.</summary>
    [Parameter]
    public NetAddressState? State { get; set; }

    /// <summary>The network namespaces to look in; the caller's own if none is given.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference?[]? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NamespaceReference? reference in Namespace is { Length: > 0 } given ? given : [null])
        {
            if (Link.Length == 0)
                ForItem(reference, () => Write(Open(reference), 0));
            foreach (LinkReference link in Link)
            {
                ForItem(link, () =>
                {
                    NetworkNamespace here = OpenFor(link, reference);
                    foreach (NetLink one in Find(here, link, fresh: false))
                        Write(here, one.Index);
                });
            }
        }
    }

    private void Write(NetworkNamespace here, int interfaceIndex)
    {
        List<NetIPAddress> addresses =
            [.. new AddressService(here).List(interfaceIndex, AddressFamily, StopToken).Where(a => State is null || a.State == State)];
        if (IPAddress.Length == 0)
        {
            WriteObject(addresses, enumerateCollection: true);
            return;
        }
        foreach (string text in IPAddress)
        {
            WildcardPattern pattern = WildcardPattern.Get(text, WildcardOptions.IgnoreCase);
            List<NetIPAddress> matching = [.. addresses.Where(a => pattern.IsMatch(PlainText(a)) || pattern.IsMatch(a.ToString()))];
            WriteObject(matching, enumerateCollection: true);
            if (matching.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(text))
                ForItem(text, () => throw NotFound(text, here));
        }
    }

    /// <summary>The address without its link.</summary>
    internal static string PlainText(NetIPAddress address) => address.IPAddress.ToString().Split('%')[0];

    /// <summary>The error for an address that no link has.</summary>
    internal static NsToolsException NotFound(string text, NetworkNamespace here) => new(
        FailureKind.NotFound, "AddressNotFound", $"No link of {here.Description} has the address '{text}'.", "Get-NetIPAddress shows those that there are.");
}
