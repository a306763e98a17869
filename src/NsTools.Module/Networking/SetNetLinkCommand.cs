using System.Collections;
using System.Management.Automation;
using System.Net.NetworkInformation;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Set-NetLink: changes links.</summary>
[Cmdlet(VerbsCommon.Set, "NetLink", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class SetNetLinkCommand : LinkChangeCmdlet
{
    /// <summary>Switch them on.</summary>
    [Parameter]
    public SwitchParameter Up { get; set; }

    /// <summary>Switch them off.</summary>
    [Parameter]
    public SwitchParameter Down { get; set; }

    /// <summary>A new name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    /// <summary>MTU in bytes.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Mtu { get; set; }

    /// <summary>Hardware address.</summary>
    [Parameter]
    public PhysicalAddress? HardwareAddress { get; set; }

    /// <summary>The bridge or other master to put them on.</summary>
    [Parameter]
    [Alias("Bridge")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Master { get; set; }

    /// <summary>Take them off their master.</summary>
    [Parameter]
    public SwitchParameter NoMaster { get; set; }

    /// <summary>Number of their group.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Group { get; set; }

    /// <summary>A description; empty for none.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? Alias { get; set; }

    /// <summary>Transmit queue length in packets.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int TransmitQueueLength { get; set; }

    /// <summary>Whether to take all packets.</summary>
    [Parameter]
    public bool Promiscuous { get; set; }

    /// <summary>Whether to take all multicast packets.</summary>
    [Parameter]
    public bool AllMulticast { get; set; }

    /// <summary>Whether it can do multicast.</summary>
    [Parameter]
    public bool Multicast { get; set; }

    /// <summary>Whether addresses are resolved with ARP.</summary>
    [Parameter]
    public bool Arp { get; set; }

    /// <summary>Alternative names to add.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] AddAlternativeName { get; set; } = [];

    /// <summary>Alternative names to take away.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] RemoveAlternativeName { get; set; } = [];

    /// <summary>Settings of the kind, by the names that the object's <c>Options</c> have.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Option { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Up && Down)
            throw new PSArgumentException("-Up and -Down exclude each other.");
        if (Master is not null && NoMaster)
            throw new PSArgumentException("-Master and -NoMaster exclude each other.");
    }

    /// <summary>What a setting may be follows from the kind.</summary>
    private protected override bool NeedsFreshLink => Option.Count > 0;

    private protected override void Change(NetworkNamespace here, NetLink link, bool byWildcard)
    {
        LinkService service = new(here);
        LinkChange change = ToChange(service);
        if (!ShouldProcess(link.Name, Ip(here, $"link set dev {link.Name} {Describe()}")))
            return;
        service.Change(link, change);
        WriteObject(service.Get(new LinkReference { Index = link.Index }));
    }

    private LinkChange ToChange(LinkService service) => new()
    {
        Up = Up ? true : Down ? false : null,
        Name = NewName,
        Mtu = Bound(nameof(Mtu)) ? Mtu : null,
        HardwareAddress = HardwareAddress,
        MasterIndex = NoMaster ? 0 : Master is null ? null : service.Resolve(Master),
        Group = Bound(nameof(Group)) ? Group : null,
        Alias = Alias,
        TransmitQueueLength = Bound(nameof(TransmitQueueLength)) ? TransmitQueueLength : null,
        FlagMask = Flag(nameof(Promiscuous), true, NetLinkFlags.Promiscuous) | Flag(nameof(AllMulticast), true, NetLinkFlags.AllMulticast)
            | Flag(nameof(Multicast), true, NetLinkFlags.Multicast) | Flag(nameof(Arp), true, NetLinkFlags.NoArp),
        Flags = Flag(nameof(Promiscuous), Promiscuous, NetLinkFlags.Promiscuous) | Flag(nameof(AllMulticast), AllMulticast, NetLinkFlags.AllMulticast)
            | Flag(nameof(Multicast), Multicast, NetLinkFlags.Multicast) | Flag(nameof(Arp), !Arp, NetLinkFlags.NoArp),
        AddAlternativeNames = AddAlternativeName,
        RemoveAlternativeNames = RemoveAlternativeName,
        Options = Option.Cast<DictionaryEntry>().ToDictionary(
            e => e.Key.ToString() ?? "", e => (e.Value is PSObject wrapped ? wrapped.BaseObject : e.Value) ?? "", StringComparer.OrdinalIgnoreCase),
    };

    private NetLinkFlags Flag(string parameter, bool on, NetLinkFlags flag) => Bound(parameter) && on ? flag : NetLinkFlags.None;

    private bool Bound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private string Describe()
    {
        List<string> words = [];
        void Add(bool given, string word)
        {
            if (given)
                words.Add(word);
        }
        Add(NewName is not null, $"name {NewName}");
        Add(Bound(nameof(Mtu)), $"mtu {Mtu}");
        Add(HardwareAddress is not null, $"address {HardwareAddress}");
        Add(Master is not null, $"master {Master}");
        Add(NoMaster, "nomaster");
        Add(Bound(nameof(Group)), $"group {Group}");
        Add(Alias is not null, $"alias '{Alias}'");
        Add(Bound(nameof(TransmitQueueLength)), $"txqueuelen {TransmitQueueLength}");
        Add(Bound(nameof(Promiscuous)), $"promisc {(Promiscuous ? "on" : "off")}");
        Add(Bound(nameof(AllMulticast)), $"allmulticast {(AllMulticast ? "on" : "off")}");
        Add(Bound(nameof(Multicast)), $"multicast {(Multicast ? "on" : "off")}");
        Add(Bound(nameof(Arp)), $"arp {(Arp ? "on" : "off")}");
        words.AddRange(AddAlternativeName.Select(n => $"property add altname {n}"));
        words.AddRange(RemoveAlternativeName.Select(n => $"property del altname {n}"));
        words.AddRange(Option.Cast<DictionaryEntry>().Select(e => $"type … {e.Key} {e.Value}"));
        Add(Up, "up");
        Add(Down, "down");
        return string.Join(' ', words);
    }
}
