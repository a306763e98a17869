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
        var cursor = new JsonCursor(json);
        try
        {
            return RuntimeSpecReader.Read(ref cursor);
        }
        catch (JsonException exception)
        {
            throw new RuntimeSpecException("$", $"{FirstSentence(exception.Message)} (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1})");
        }
    }

    // The reader appends the position to its message in words of its own; ours come once.
    private static string FirstSentence(string message)
    {
        int end = message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip)]
[JsonSerializable(typeof(RuntimeSpec))]
internal sealed partial class RuntimeSpecJsonContext : JsonSerializerContext;
