using System.Text.Json;
using System.Text.Json.Serialization;

namespace NsTools.Interop.Oci;

/// <summary>
/// Reads and writes <see cref="RuntimeSpec"/> as <c>config.json</c>, and the parts of it that commands take as files of
/// their own. Unknown members are ignored, as config.md's "Extensibility" asks.
/// </summary>
public static class RuntimeSpecJson
{
    private delegate T ReadDocument<T>(ref JsonCursor cursor);

    /// <summary>The config as UTF-8 JSON.</summary>
    /// <param name="spec">The config.</param>
    public static byte[] Serialize(RuntimeSpec spec) =>
        JsonSerializer.SerializeToUtf8Bytes(spec, RuntimeSpecJsonContext.Default.RuntimeSpec);

    /// <summary>The config as indented UTF-8 JSON, for people to edit: <c>nsrun spec</c>.</summary>
    /// <param name="spec">The config.</param>
    public static byte[] SerializeIndented(RuntimeSpec spec) =>
        JsonSerializer.SerializeToUtf8Bytes(spec, IndentedRuntimeSpecJsonContext.Default.RuntimeSpec);

    /// <summary>A process as UTF-8 JSON, the <c>process.json</c> of <c>exec --process</c>.</summary>
    /// <param name="process">The process.</param>
    public static byte[] SerializeProcess(ProcessSpec process) =>
        JsonSerializer.SerializeToUtf8Bytes(process, RuntimeSpecJsonContext.Default.ProcessSpec);

    /// <summary>Reads a config; <see cref="RuntimeSpecValidator"/> judges what it says.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <exception cref="RuntimeSpecException">It is no JSON, or a member is missing or of the wrong type; the message has the path and the position.</exception>
    public static RuntimeSpec Deserialize(ReadOnlySpan<byte> json) => Read(json, RuntimeSpecReader.Read);

    /// <summary>Reads the <c>process.json</c> of <c>exec --process</c>; paths in complaints begin at the process.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <exception cref="RuntimeSpecException">It is no JSON, or a member is missing or of the wrong type.</exception>
    public static ProcessSpec DeserializeProcess(ReadOnlySpan<byte> json) => Read(json, static (ref JsonCursor cursor) =>
        ProcessSpecReader.Read(ref cursor) ?? throw new RuntimeSpecException("$", "the process is null, not an object"));

    /// <summary>Reads the resources of <c>update --resources</c>; paths in complaints begin at the resources.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <exception cref="RuntimeSpecException">It is no JSON, or a member is missing or of the wrong type.</exception>
    public static ResourcesSpec DeserializeResources(ReadOnlySpan<byte> json) => Read(json, static (ref JsonCursor cursor) =>
        ResourcesSpecReader.Read(ref cursor) ?? throw new RuntimeSpecException("$", "the resources are null, not an object"));

    private static T Read<T>(ReadOnlySpan<byte> json, ReadDocument<T> read)
    {
        var cursor = new JsonCursor(json);
        try
        {
            T result = read(ref cursor);
            cursor.End();
            return result;
        }
        catch (JsonException exception)
        {
            throw new RuntimeSpecException("$", $"{FirstSentence(exception.Message)} (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1})");
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader, about a name or text that is no Unicode.
            throw cursor.NotUnicode();
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
    GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(RuntimeSpec))]
[JsonSerializable(typeof(ProcessSpec))]
internal sealed partial class RuntimeSpecJsonContext : JsonSerializerContext;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Serialization,
    WriteIndented = true)]
[JsonSerializable(typeof(RuntimeSpec))]
internal sealed partial class IndentedRuntimeSpecJsonContext : JsonSerializerContext;
