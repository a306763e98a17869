using System.Text.Json;
using System.Text.Json.Serialization;

namespace NsTools.Images.Documents;

/// <summary>A digest as text.</summary>
internal sealed class DigestConverter : JsonConverter<Digest>
{
    /// <inheritdoc/>
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Digest.TryParse(reader.GetString(), out Digest? digest)
            ? digest
            : throw new JsonException(reader.TokenType == JsonTokenType.String ? $"'{DisplayText.Of(reader.GetString())}' is no digest" : "a digest was expected");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
