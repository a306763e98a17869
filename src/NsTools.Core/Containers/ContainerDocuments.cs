using System.Text.Json;
using System.Text.Json.Serialization;
using NsTools.Interop.Health;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;

namespace NsTools.Containers;

/// <summary>What a container is, <c>container.json</c> in its directory: written once, when it is made.</summary>
internal sealed record ContainerDocument
{
    public const string FileName = "container.json";

    public required string Id { get; init; }

    public required string Name { get; init; }

    public string? Image { get; init; }

    public string? ImageDigest { get; init; }

    public string? ImageId { get; init; }

    /// <summary>The unpacked layers, the lowest first; none for a root file system.</summary>
    public IReadOnlyList<string> Layers { get; init; } = [];

    public string? Root { get; init; }

    public required IReadOnlyList<string> Command { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>What an image of it is to say: its own image's configuration with what was asked for over it; null in what earlier versions wrote.</summary>
    public ImageRunConfig? Config { get; init; }

    public IReadOnlyList<string> Ports { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public required string HostName { get; init; }

    public ContainerNetworkMode Network { get; init; }

    /// <summary>Name of its pod; null for none.</summary>
    public string? Pod { get; init; }

    /// <summary>What is mounted in it, volumes by their names.</summary>
    public IReadOnlyList<ContainerMount> Mounts { get; init; } = [];

    /// <summary>Maps of its user namespace, of users and groups alike, where its files' owners are mapped by them; null otherwise.</summary>
    public IReadOnlyList<IdMapping>? UserMap { get; init; }

    public bool RemovesItself { get; init; }

    /// <summary>True for one that stays in the caller's cgroups.</summary>
    public bool HasNoCgroup { get; init; }

    public bool HasTerminal { get; init; }

    public bool KeepsInput { get; init; }

    public string? RestartPolicy { get; init; }

    /// <summary>How it is checked while it runs; what its supervisor reads is a file of its own.</summary>
    public IReadOnlyList<HealthProbe> HealthChecks { get; init; } = [];

    /// <summary>Number of the signal that ends it.</summary>
    public int StopSignal { get; init; } = Signals.Terminate;

    /// <summary>Seconds from that signal to SIGKILL.</summary>
    public double StopTimeout { get; init; } = 10;

    /// <summary>How large its log may become, in bytes, before it is begun anew and the old one kept beside it.</summary>
    public long LogSize { get; init; }
}

/// <summary>Its last start, <c>run.json</c>: there from before it is started until it is started again.</summary>
internal sealed record ContainerRunDocument
{
    public const string FileName = "run.json";

    public required DateTimeOffset Started { get; init; }
}

/// <summary>Its last end, <c>exit.json</c>, which its supervisor writes.</summary>
internal sealed record ContainerExitDocument
{
    public const string FileName = "exit.json";

    public int ExitCode { get; init; }

    /// <summary>Number of the signal that killed it; 0 for none.</summary>
    public int Signal { get; init; }

    public DateTimeOffset Finished { get; init; }

    public bool OomKilled { get; init; }
}

/// <summary>What a volume is, <c>volume.json</c> in its directory.</summary>
internal sealed record VolumeDocument
{
    public required DateTimeOffset Created { get; init; }

    public bool IsAnonymous { get; init; }
}

/// <summary>What <c>nsrun state</c> says, and which process it is.</summary>
internal sealed record RuntimeStateDocument
{
    public required string Id { get; init; }

    public int Pid { get; init; }

    public required string Status { get; init; }

    public DateTimeOffset Created { get; init; }

    /// <summary>Its first process; null while there is none yet.</summary>
    public ProcessIdentity? Process { get; init; }
}

/// <summary>Reads and writes them without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ContainerDocument))]
[JsonSerializable(typeof(ContainerRunDocument))]
[JsonSerializable(typeof(ContainerExitDocument))]
[JsonSerializable(typeof(VolumeDocument))]
internal sealed partial class ContainerJson : JsonSerializerContext
{
    /// <summary>Reads a document of a container's directory.</summary>
    /// <returns>The document; null when it is not there or damaged: written atomically, it is then not ours any more.</returns>
    public static T? Read<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), type);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }
}
