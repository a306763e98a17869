using System.Text.Json.Serialization;
using NsTools.Images.Documents;

namespace NsTools;

/// <summary>What a container of an image begins with (OCI image-spec, config.md, member <c>config</c>).</summary>
public sealed record ImageRunConfig
{
    /// <summary>User and group (<c>1000:1000</c>, <c>www</c>); null for root.</summary>
    [JsonPropertyName("User")]
    public string? User { get; init; }

    /// <summary>Ports that it listens on (<c>80/tcp</c>).</summary>
    [JsonPropertyName("ExposedPorts"), JsonConverter(typeof(NameSetConverter))]
    public IReadOnlyList<string>? ExposedPorts { get; init; }

    /// <summary>Environment, <c>NAME=VALUE</c>.</summary>
    [JsonPropertyName("Env")]
    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>The program, with arguments that stay.</summary>
    [JsonPropertyName("Entrypoint")]
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Arguments that others replace, or the program where there is no entry point.</summary>
    [JsonPropertyName("Cmd")]
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>Directories for data of their own.</summary>
    [JsonPropertyName("Volumes"), JsonConverter(typeof(NameSetConverter))]
    public IReadOnlyList<string>? Volumes { get; init; }

    /// <summary>Directory that the program starts in.</summary>
    [JsonPropertyName("WorkingDir")]
    public string? WorkingDir { get; init; }

    /// <summary>Labels by their names.</summary>
    [JsonPropertyName("Labels")]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Signal that ends the program (<c>SIGTERM</c>).</summary>
    [JsonPropertyName("StopSignal")]
    public string? StopSignal { get; init; }

    /// <summary>Docker: seconds until it is killed; null where not said.</summary>
    [JsonPropertyName("StopTimeout")]
    public int? StopTimeout { get; init; }

    /// <summary>Docker: how to tell whether it is well.</summary>
    [JsonPropertyName("Healthcheck")]
    public ImageHealthCheck? Healthcheck { get; init; }

    /// <summary>Docker: instructions for images that build on this one.</summary>
    [JsonPropertyName("OnBuild")]
    public IReadOnlyList<string>? OnBuild { get; init; }

    /// <summary>Docker: the shell of instructions in shell form.</summary>
    [JsonPropertyName("Shell")]
    public IReadOnlyList<string>? Shell { get; init; }
}
