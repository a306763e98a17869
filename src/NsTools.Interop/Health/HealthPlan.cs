using System.Text.Json;
using System.Text.Json.Serialization;
using NsTools.Interop.Oci;

namespace NsTools.Interop.Health;

/// <summary>What a container's supervisor is to check, <c>health-checks.json</c> in its bundle.</summary>
public sealed record HealthPlan
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "health-checks.json";

    /// <summary>The checks.</summary>
    public IReadOnlyList<HealthProbe> Probes { get; init; } = [];

    /// <summary>Number of the signal that ends a container which fails a check that it lives by.</summary>
    public int StopSignal { get; init; }

    /// <summary>From that signal to SIGKILL.</summary>
    public TimeSpan StopTimeout { get; init; }

    /// <summary>Reads one.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="RuntimeSpecException">It is no such document.</exception>
    public static HealthPlan Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), HealthJson.Default.HealthPlan) ?? new HealthPlan();
        }
        catch (JsonException wrong)
        {
            throw new RuntimeSpecException("$", $"'{path}' is no list of health checks: {wrong.Message}");
        }
    }
}

/// <summary>Reads and writes the documents of health checks without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(HealthPlan))]
[JsonSerializable(typeof(HealthRecord))]
[JsonSerializable(typeof(HealthResult))]
public sealed partial class HealthJson : JsonSerializerContext;
