using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;
using Address = System.Net.IPAddress;

namespace NsTools.Module.Networking;

/// <summary>New-NetIPAddress: gives links an address.</summary>
[Cmdlet(VerbsCommon.New, "NetIPAddress", SupportsShouldProcess = true)]
[OutputType(typeof(NetIPAddress))]
public sealed class NewNetIPAddressCommand : NetworkCmdlet
{
    /// <summary>The addresses, with prefix length (192.168.0.55/24) or without.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] IPAddress { get; set; } = [];

    /// <summary>The links: objects, names with wildcards, indexes.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference[] Link { get; set; } = [];

    /// <summary>Prefix length, where the addresses have none.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public int? PrefixLength { get; set; }

    /// <summary>The network namespace that the links are in, where the objects do not say.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>The other side's address on a point-to-point link.</summary>
    [Parameter]
    public Address? PeerAddress { get; set; }

    /// <summary>IPv4 broadcast address.</summary>
    [Parameter]
    public Address? BroadcastAddress { get; set; }

    /// <summary>IPv4 label.</summary>
    [Parameter]
    public string? Label { get; set; }

    /// <summary>How far it reaches.</summary>
    [Parameter]
    public NetAddressScope? Scope { get; set; }

    /// <summary>How long it is valid: a TimeSpan, or seconds.</summary>
    [Parameter]
    [SecondsTransformation]
    public TimeSpan? ValidLifetime { get; set; }

    /// <summary>How long it is preferred: a TimeSpan, or seconds.</summary>
    [Parameter]
    [SecondsTransformation]
    public TimeSpan? PreferredLifetime { get; set; }

    /// <summary>Metric of the route to its prefix.</summary>
    [Parameter]
    [ValidateRange(0, uint.MaxValue)]
    public long? RouteMetric { get; set; }

    /// <summary>IPv6: use it at once, without looking for duplicates.</summary>
    [Parameter]
    public SwitchParameter NoDuplicateDetection { get; set; }

    /// <summary>Make no route to its prefix.</summary>
    [Parameter]
    public SwitchParameter NoPrefixRoute { get; set; }

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
                    foreach (string text in IPAddress)
                        ForItem(text, () => Add(here, link, text));
                }
            });
        }
    }

    private void Add(NetworkNamespace here, NetLink link, string text)
    {
        AddressSpecification address = AddressSpecification.Parse(text, PrefixLength) with
        {
            PeerAddress = PeerAddress,
            BroadcastAddress = BroadcastAddress,
            Label = Label,
            Scope = Scope,
            ValidLifetime = ValidLifetime,
            PreferredLifetime = PreferredLifetime,
            RouteMetric = RouteMetric,
            NoDuplicateDetection = NoDuplicateDetection,
            NoPrefixRoute = NoPrefixRoute,
        };
        foreach (Address? other in new[] { PeerAddress, BroadcastAddress })
        {
            if (other is not null && other.AddressFamily != address.IPAddress.AddressFamily)
                throw new NsToolsException(FailureKind.InvalidArgument, "AddressFamilyMismatch", $"{other} is not of the same family as {address.IPAddress}.");
        }
        if (!ShouldProcess(link.Name, Ip(here, $"address add {address} dev {link.Name}")))
            return;
        AddressService service = new(here);
        service.Add(link.Index, address);
        WriteObject(
            service.List(link.Index, address.IPAddress.AddressFamily, StopToken)
                .Where(a => a.PrefixLength == address.PrefixLength && GetNetIPAddressCommand.PlainText(a) == address.IPAddress.ToString().Split('%')[0]),
            enumerateCollection: true);
    }
}
