using System.Text.Json.Serialization;
using NsTools.Containers.Networks;

namespace NsTools.Containers.Pods;

/// <summary>What a pod is, <c>pods/NAME/pod.json</c> of the data directory.</summary>
internal sealed record PodDocument
{
    public const string FileName = "pod.json";

    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string HostName { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>The helper that it has in place of networks, as an ordinary user's; null for none.</summary>
    public ContainerNetworkMode? Helper { get; init; }

    public IReadOnlyList<ContainerNetworkRequest> Networks { get; init; } = [];

    public IReadOnlyList<PortDocument> Ports { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public bool SharesProcesses { get; init; }
}

/// <summary>Reads and writes it without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(PodDocument))]
internal sealed partial class PodJson : JsonSerializerContext;
