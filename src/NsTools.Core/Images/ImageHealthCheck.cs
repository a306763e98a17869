using System.Text.Json.Serialization;

namespace NsTools;

/// <summary>How to tell whether a container is well (Docker's container.image.v1, <c>Healthcheck</c>). Times are in nanoseconds.</summary>
public sealed record ImageHealthCheck
{
    /// <summary><c>NONE</c>, <c>CMD</c> and arguments, or <c>CMD-SHELL</c> and a command.</summary>
    [JsonPropertyName("Test")]
    public IReadOnlyList<string>? Test { get; init; }

    /// <summary>Between two checks.</summary>
    [JsonPropertyName("Interval")]
    public long? Interval { get; init; }

    /// <summary>After which a check has failed.</summary>
    [JsonPropertyName("Timeout")]
    public long? Timeout { get; init; }

    /// <summary>In which failures do not count.</summary>
    [JsonPropertyName("StartPeriod")]
    public long? StartPeriod { get; init; }

    /// <summary>Between two checks in the start period.</summary>
    [JsonPropertyName("StartInterval")]
    public long? StartInterval { get; init; }

    /// <summary>Failures in a row after which it is not well.</summary>
    [JsonPropertyName("Retries")]
    public int? Retries { get; init; }
}
