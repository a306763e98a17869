using System.Management.Automation;
using System.Net.NetworkInformation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>New-NetBridge: makes bridges.</summary>
[Cmdlet(VerbsCommon.New, "NetBridge", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class NewNetBridgeCommand : NetworkCmdlet
{
    // These parameters are the kind's settings of the same name.
    private static readonly string[] s_settings =
        [nameof(Stp), nameof(AgeingTime), nameof(ForwardDelay), nameof(HelloTime), nameof(MaximumAge), nameof(Priority), nameof(VlanFiltering), nameof(DefaultVlan), nameof(MulticastSnooping)];

    /// <summary>Names of the bridges, at most 15 bytes each.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>The network namespace in which to make them.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>Speak the spanning tree protocol.</summary>
    [Parameter]
    public SwitchParameter Stp { get; set; }

    /// <summary>How long an address that was learnt is kept: a TimeSpan, or seconds.</summary>
    [Parameter]
    [SecondsTransformation]
    public TimeSpan AgeingTime { get; set; }

    /// <summary>Spanning tree: how long a port listens, and how long it learns: a TimeSpan, or seconds.</summary>
    [Parameter]
    [SecondsTransformation]
    public TimeSpan ForwardDelay { get; set; }

    /// <summary>Spanning tree: time between hello packets: a TimeSpan, or seconds.</summary>
    [Parameter]
    [SecondsTransformation]
    public TimeSpan HelloTime { get; set; }

    /// <summary>Spanning tree: how long to wait for a hello packet: a TimeSpan, or seconds.</summary>
    [Parameter]
    [SecondsTransformation]
    public TimeSpan MaximumAge { get; set; }

    /// <summary>Spanning tree priority: the lowest becomes the root.</summary>
    [Parameter]
    [ValidateRange(0, ushort.MaxValue)]
    public int Priority { get; set; }

    /// <summary>Keep VLANs apart.</summary>
    [Parameter]
    public SwitchParameter VlanFiltering { get; set; }

    /// <summary>The VLAN of packets without a tag; 0 for none.</summary>
    [Parameter]
    [ValidateRange(0, 4094)]
    public int DefaultVlan { get; set; }

    /// <summary>Learn who wants multicast; on by default.</summary>
    [Parameter]
    public SwitchParameter MulticastSnooping { get; set; }

    /// <summary>MTU in bytes.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Mtu { get; set; }

    /// <summary>Hardware address.</summary>
    [Parameter]
    public PhysicalAddress? HardwareAddress { get; set; }

    /// <summary>Switch it on.</summary>
    [Parameter]
    public SwitchParameter Up { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
            ForItem(name, () => Create(name));
    }

    private void Create(string name)
    {
        NetworkNamespace here = Open(Namespace);
        Dictionary<string, object> settings = s_settings.Where(MyInvocation.BoundParameters.ContainsKey).ToDictionary(s => s, s => MyInvocation.BoundParameters[s]);
        string words = string.Concat(settings.Select(s => $" {s.Key.ToLowerInvariant()} {s.Value}"));
        if (!ShouldProcess(name, Ip(here, $"link add {name}{(Up ? " up" : "")} type bridge{words}")))
            return;
        WriteObject(new LinkService(here).Create(new LinkSpecification
        {
            Name = name,
            Kind = "bridge",
            Options = settings,
            Mtu = MyInvocation.BoundParameters.ContainsKey(nameof(Mtu)) ? Mtu : null,
            HardwareAddress = HardwareAddress,
            IsUp = Up,
        }));
    }
}
