using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Net.NetworkInformation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;
using NsTools.Networking.Kinds;

namespace NsTools.Module.Networking;

/// <summary>New-NetLink: makes a link of any kind. The kind's own settings are parameters once <c>-Kind</c> is given.</summary>
[Cmdlet(VerbsCommon.New, "NetLink", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class NewNetLinkCommand : NetworkCmdlet, IDynamicParameters
{
    private RuntimeDefinedParameterDictionary _settings = [];

    /// <summary>Names of the links, at most 15 bytes each.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>The kind: bridge, veth, macvlan, vxlan, …</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(LinkKindCompleter))]
    public string Kind { get; set; } = "";

    /// <summary>The network namespace in which to make it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>The link that it is on top of (macvlan, ipvlan, vlan, vxlan).</summary>
    [Parameter]
    [Alias("Parent")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Link { get; set; }

    /// <summary>The bridge or other master to put it on.</summary>
    [Parameter]
    [Alias("Bridge")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Master { get; set; }

    /// <summary>For a veth, the name of the other end.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PeerName { get; set; }

    /// <summary>For a veth, the network namespace of the other end.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? PeerNamespace { get; set; }

    /// <summary>MTU in bytes.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Mtu { get; set; }

    /// <summary>Hardware address.</summary>
    [Parameter]
    public PhysicalAddress? HardwareAddress { get; set; }

    /// <summary>Number of its group.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Group { get; set; }

    /// <summary>A description.</summary>
    [Parameter]
    public string? Alias { get; set; }

    /// <summary>Switch it on.</summary>
    [Parameter]
    public SwitchParameter Up { get; set; }

    /// <inheritdoc/>
    public object GetDynamicParameters()
    {
        _settings = [];
        if (!LinkKind.TryFind(Kind, out LinkKind? kind))
            return _settings;
        foreach (LinkOption option in kind.Options.Where(o => o.CanSet))
        {
            Collection<Attribute> attributes = [new ParameterAttribute { HelpMessage = $"Setting of links of kind '{kind.Name}'." }];
            if (option.Type == LinkOptionType.Word)
                attributes.Add(new ValidateSetAttribute([.. option.Words.Select(w => w.Word)]));
            if (option.ValueType == typeof(TimeSpan))
                attributes.Add(new SecondsTransformationAttribute());
            Type type = option.ValueType == typeof(bool) ? typeof(SwitchParameter) : option.ValueType;
            _settings.Add(option.Name, new RuntimeDefinedParameter(option.Name, type, attributes));
        }
        return _settings;
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
            ForItem(name, () => Create(name));
    }

    private void Create(string name)
    {
        NetworkNamespace here = Open(Namespace);
        LinkService service = new(here);
        string kind = LinkKind.TryFind(Kind, out LinkKind? known) ? known.Name : Kind;
        if (known is { NeedsParent: true } && Link is null)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "ParentLinkMissing", $"A link of kind '{kind}' is on top of another one, and none is named.", "Name it with -Link.");
        }
        LinkSpecification specification = new()
        {
            Name = name,
            Kind = kind,
            Options = _settings.Values.Where(s => s.IsSet).ToDictionary(s => s.Name, s => s.Value),
            ParentIndex = Link is null ? 0 : service.Resolve(Link),
            MasterIndex = Master is null ? 0 : service.Resolve(Master),
            Mtu = MyInvocation.BoundParameters.ContainsKey(nameof(Mtu)) ? Mtu : null,
            HardwareAddress = HardwareAddress,
            Group = Group,
            Alias = Alias,
            IsUp = Up,
            Peer = PeerName is null ? null : new LinkPeer(PeerName, PeerNamespace is null ? null : Open(PeerNamespace)),
        };
        if (ShouldProcess(name, Ip(here, Describe(name, kind))))
            WriteObject(service.Create(specification));
    }

    private string Describe(string name, string kind) => string.Join(
        ' ',
        new[]
        {
            "link add", Link is null ? null : $"link {Link}", name, Mtu > 0 ? $"mtu {Mtu}" : null, Master is null ? null : $"master {Master}", Up ? "up" : null,
            $"type {kind}", PeerName is null ? null : $"peer name {PeerName}{(PeerNamespace is null ? "" : $" netns {PeerNamespace}")}",
        }.Concat(_settings.Values.Where(s => s.IsSet).Select(s => $"{s.Name.ToLowerInvariant()} {s.Value}")).Where(p => p is not null));
}
