using System.Text.Json.Serialization;

namespace NsTools.Containers.Networks;

/// <summary>What a network is, <c>networks/NAME.json</c> of the data directory.</summary>
internal sealed record NetworkDocument
{
    public required string Name { get; init; }

    /// <summary>Tells its bridge from one of the same name that another store has made.</summary>
    public required string Id { get; init; }

    public required string InterfaceName { get; init; }

    public required IReadOnlyList<SubnetDocument> Subnets { get; init; }

    /// <summary>True when name of the bridge and subnets were chosen for it: then others may be when they are taken.</summary>
    public bool IsAutomatic { get; init; }

    public bool IsInternal { get; init; }

    public long? Mtu { get; init; }

    public DateTimeOffset Created { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>One of its subnets.</summary>
internal sealed record SubnetDocument(string Prefix, string Gateway);

/// <summary>The addresses of a network that are in use, <c>networks/leases/NAME.json</c> of the run directory.</summary>
internal sealed record LeaseTable
{
    public IReadOnlyList<Lease> Leases { get; init; } = [];

    /// <summary>What was given out last, of each subnet: the next is looked for behind it, so that an address rests before it comes again.</summary>
    public IReadOnlyDictionary<string, string> Last { get; init; } = new Dictionary<string, string>();
}

/// <summary>The addresses of one container or pod on a network.</summary>
internal sealed record Lease
{
    /// <summary>ID of the sandbox.</summary>
    public required string Owner { get; init; }

    public required IReadOnlyList<string> Addresses { get; init; }

    /// <summary>Under which it is found.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Its <c>/etc/hosts</c>.</summary>
    public required string HostsFile { get; init; }
}

/// <summary>What a container or pod has of networks now, <c>networks/sandboxes/ID.json</c> of the run directory: there from before the first thing is made.</summary>
internal sealed record SandboxDocument
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Path of its network namespace.</summary>
    public required string NamespacePath { get; init; }

    public required string HostsFile { get; init; }

    public required string HostName { get; init; }

    /// <summary>True for a pod's.</summary>
    public bool IsPod { get; init; }

    /// <summary>The helper that it has in place of networks; null for none.</summary>
    public ContainerNetworkMode? Helper { get; init; }

    public IReadOnlyList<AttachmentDocument> Attachments { get; init; } = [];

    public IReadOnlyList<PortDocument> Ports { get; init; } = [];
}

/// <summary>Its place on one network.</summary>
internal sealed record AttachmentDocument
{
    public required string Network { get; init; }

    /// <summary>The host's end of the cable; null where a plugin has it.</summary>
    public string? Link { get; init; }

    public required string InterfaceName { get; init; }

    public IReadOnlyList<string> Addresses { get; init; } = [];

    public string? HardwareAddress { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The CNI configuration that it was set up with; null for a bridge of ours.</summary>
    public string? CniConfiguration { get; init; }

    /// <summary>What the plugins said of it.</summary>
    public string? CniResult { get; init; }
}

/// <summary>A published port.</summary>
internal sealed record PortDocument(string HostAddress, int HostPort, int Port, NetNatProtocol Protocol)
{
    public ContainerPort ToPort() => new(System.Net.IPAddress.Parse(HostAddress), HostPort, Port, Protocol);

    public static PortDocument From(ContainerPort port) => new(port.HostAddress.ToString(), port.HostPort, port.Port, port.Protocol);
}

/// <summary>Which networks a container is to be on when it runs, <c>network.json</c> in its directory.</summary>
internal sealed record ContainerNetworkDocument
{
    public const string FileName = "network.json";

    public ContainerNetworkMode Mode { get; init; }

    public string? Target { get; init; }

    public IReadOnlyList<ContainerNetworkRequest> Networks { get; init; } = [];

    public IReadOnlyList<PortDocument> Ports { get; init; } = [];
}

/// <summary>Reads and writes them without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(NetworkDocument))]
[JsonSerializable(typeof(LeaseTable))]
[JsonSerializable(typeof(SandboxDocument))]
[JsonSerializable(typeof(ContainerNetworkDocument))]
internal sealed partial class NetworkJson : JsonSerializerContext;
