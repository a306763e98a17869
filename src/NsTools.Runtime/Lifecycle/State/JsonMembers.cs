using System.Text.Json;

namespace NsTools.Runtime.Lifecycle.State;

/// <summary>
/// The members of a JSON object as they stand there, to copy what is not changed: what the config's model does not
/// know is kept, and the serializer is not needed.
/// </summary>
/// <param name="json">UTF-8 JSON.</param>
internal sealed class JsonMembers(ReadOnlyMemory<byte> json)
{
    /// <summary>The value of a member; null when it is not there, or null.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public ReadOnlyMemory<byte>? this[string name] => All().Where(member => member.Name == name).Select(member => (ReadOnlyMemory<byte>?)member.Value).FirstOrDefault();

    /// <summary>All members that are not null.</summary>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public List<(string Name, ReadOnlyMemory<byte> Value)> All()
    {
        var members = new List<(string, ReadOnlyMemory<byte>)>();
        var reader = new Utf8JsonReader(json.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("an object is expected");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            bool isNull = reader.TokenType == JsonTokenType.Null;
            reader.Skip();
            if (!isNull)
                members.Add((name, json[start..(int)reader.BytesConsumed]));
        }
        return members;
    }
}
