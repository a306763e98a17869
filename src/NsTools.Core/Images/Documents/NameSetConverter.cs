using System.Text.Json;
using System.Text.Json.Serialization;

namespace NsTools.Images.Documents;

/// <summary>A set of names, which Go writes as an object with empty members: <c>{"80/tcp": {}}</c>.</summary>
internal sealed class NameSetConverter : JsonConverter<IReadOnlyList<string>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<string>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("an object was expected");
        List<string> names = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            names.Add(reader.GetString()!);
            reader.Skip();
        }
        return names;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (string name in value)
        {
            writer.WriteStartObject(name);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }
}
