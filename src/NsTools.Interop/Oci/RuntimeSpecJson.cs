using System.Text.Json;
using System.Text.Json.Serialization;

namespace NsTools.Interop.Oci;

/// <summary>Reads and writes <see cref="RuntimeSpec"/> as <c>config.json</c>; unknown members are ignored, as config.md's "Extensibility" asks.</summary>
public static class RuntimeSpecJson
{
    /// <summary>The config as UTF-8 JSON.</summary>
    /// <param name="spec">The config.</param>
    public static byte[] Serialize(RuntimeSpec spec) =>
        JsonSerializer.SerializeToUtf8Bytes(spec, RuntimeSpecJsonContext.Default.RuntimeSpec);

    /// <summary>Reads a config; <see cref="RuntimeSpecValidator"/> judges what it says.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <exception cref="RuntimeSpecException">It is no JSON, or a member is missing or of the wrong type; the message has the path and the position.</exception>
    public static RuntimeSpec Deserialize(ReadOnlySpan<byte> json)
    {
        try
        {
            RuntimeSpec spec = JsonSerializer.Deserialize(json, RuntimeSpecJsonContext.Default.RuntimeSpec)
                ?? throw new RuntimeSpecException("$", "the config is null, not an object");
            return WithDefaults(spec);
        }
        catch (JsonException exception)
        {
            string position = exception.LineNumber is { } line
                ? $" (line {line + 1}, byte {exception.BytePositionInLine + 1})"
                : "";
            string path = exception.Path is { Length: > 0 } given ? given : "$";
            throw new RuntimeSpecException(path, $"{FirstSentence(exception.Message)}{position}");
        }
    }

    // Generated code sets every init-only property, those that are missing to null, whatever their initializer says.
    private static RuntimeSpec WithDefaults(RuntimeSpec spec)
    {
        if (spec.OciVersion is null)
            throw new RuntimeSpecException("$.ociVersion", "it is missing");
        return spec.Process is { User: null } process ? spec with { Process = process with { User = new() } } : spec;
    }

    // The serializer appends path and position to its message in words of its own; ours come once.
    private static string FirstSentence(string message)
    {
        int end = message.IndexOf(" Path: ", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip)]
[JsonSerializable(typeof(RuntimeSpec))]
internal sealed partial class RuntimeSpecJsonContext : JsonSerializerContext;
