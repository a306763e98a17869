using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NsTools.Interop.Oci.State;

/// <summary>Writing JSON without the serializer, whose set-up takes longer than the writing.</summary>
internal static class JsonText
{
    /// <summary>Writes a document.</summary>
    /// <param name="isIndented">True for people.</param>
    /// <param name="value">What <paramref name="write"/> gets.</param>
    /// <param name="write">Writes it.</param>
    public static byte[] Write<T>(bool isIndented, T value, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // It goes into files and pipes, never into a web page.
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = isIndented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
            write(writer, value);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a member with a map of strings; nothing for none.</summary>
    public static void WriteMap(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string>? map)
    {
        if (map is null or { Count: 0 })
            return;
        writer.WriteStartObject(name);
        foreach ((string key, string value) in map)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    /// <summary>Writes a member with a list of strings.</summary>
    public static void WriteList(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<string> items)
    {
        writer.WriteStartArray(name);
        foreach (string item in items)
            writer.WriteStringValue(item);
        writer.WriteEndArray();
    }
}
