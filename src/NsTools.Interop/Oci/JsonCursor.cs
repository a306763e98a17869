using System.Globalization;
using System.Text.Json;

namespace NsTools.Interop.Oci;

/// <summary>Reads one item of a list.</summary>
/// <param name="cursor">Stands before the item.</param>
/// <param name="path">The item's JSON path.</param>
internal delegate T ReadItem<T>(ref JsonCursor cursor, string path);

/// <summary>
/// Walks through JSON and says, by path and position, what is not as it should be. The generated deserializer does the
/// same with milliseconds of set-up, in a process that runs for milliseconds and reads one small document.
/// </summary>
/// <param name="json">UTF-8 JSON.</param>
internal ref struct JsonCursor(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private Utf8JsonReader _reader = new(json);

    /// <summary>Enters an object; false when null stands in its place.</summary>
    /// <param name="path">Its JSON path.</param>
    public bool BeginObject(string path) => Begin(path, JsonTokenType.StartObject, "an object");

    /// <summary>Goes to the next member of the object; false at its end.</summary>
    public bool NextMember() => _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>True when the member is called so.</summary>
    /// <param name="name">A name in UTF-8.</param>
    public readonly bool Is(ReadOnlySpan<byte> name) => _reader.ValueTextEquals(name);

    /// <summary>The member's name.</summary>
    public readonly string Name => _reader.GetString()!;

    /// <summary>Passes over the member's value.</summary>
    public void Skip() => _reader.Skip();

    /// <summary>A string; null for null.</summary>
    public string? Text(string path)
    {
        Read();
        if (_reader.TokenType == JsonTokenType.Null)
            return null;
        if (_reader.TokenType != JsonTokenType.String)
            throw Wrong(path, "a string");
        try
        {
            return _reader.GetString();
        }
        catch (InvalidOperationException)
        {
            throw Wrong(path, "a string of valid Unicode");
        }
    }

    /// <summary>A boolean.</summary>
    public bool Flag(string path)
    {
        Read();
        return _reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw Wrong(path, "true or false"),
        };
    }

    /// <summary>A whole number of 32 bits without a sign.</summary>
    public uint UInt32(string path)
    {
        Read();
        return _reader.TokenType == JsonTokenType.Number && _reader.TryGetUInt32(out uint value)
            ? value
            : throw Wrong(path, "a whole number from 0 to 4294967295");
    }

    /// <summary>The same, or null.</summary>
    public uint? OptionalUInt32(string path)
    {
        Utf8JsonReader before = _reader;
        Read();
        if (_reader.TokenType == JsonTokenType.Null)
            return null;
        _reader = before;
        return UInt32(path);
    }

    /// <summary>A whole number of 64 bits.</summary>
    public long Int64(string path)
    {
        Read();
        return _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt64(out long value)
            ? value
            : throw Wrong(path, "a whole number of 64 bits");
    }

    /// <summary>A list; null for null.</summary>
    public List<T>? List<T>(string path, ReadItem<T> read)
    {
        if (!Begin(path, JsonTokenType.StartArray, "a list"))
            return null;
        List<T> items = [];
        while (true)
        {
            Utf8JsonReader before = _reader;
            Read();
            if (_reader.TokenType == JsonTokenType.EndArray)
                return items;
            // The item is read by who knows what it is.
            _reader = before;
            items.Add(read(ref this, string.Create(CultureInfo.InvariantCulture, $"{path}[{items.Count}]")));
        }
    }

    /// <summary>A list of strings, none of them null.</summary>
    public List<string>? Texts(string path) => List(path, RequiredText);

    /// <summary>An object with any names; null for null.</summary>
    public Dictionary<string, T>? Map<T>(string path, ReadItem<T> read)
    {
        if (!BeginObject(path))
            return null;
        var entries = new Dictionary<string, T>(StringComparer.Ordinal);
        while (NextMember())
        {
            string name = Name;
            entries[name] = read(ref this, $"{path}.{name}");
        }
        return entries;
    }

    /// <summary>A string, not null.</summary>
    public static string RequiredText(ref JsonCursor cursor, string path) =>
        cursor.Text(path) ?? throw cursor.Wrong(path, "a string");

    /// <summary>Makes sure that nothing follows.</summary>
    public void End()
    {
        if (_reader.Read())
            throw Wrong("$", "the end");
    }

    private bool Begin(string path, JsonTokenType start, string what)
    {
        Read();
        if (_reader.TokenType == JsonTokenType.Null)
            return false;
        return _reader.TokenType == start ? true : throw Wrong(path, what);
    }

    private void Read() => _reader.Read();

    private readonly RuntimeSpecException Wrong(string path, string expected)
    {
        ReadOnlySpan<byte> before = _json[..(int)_reader.TokenStartIndex];
        int line = before.Count((byte)'\n') + 1;
        int column = before.Length - (before.LastIndexOf((byte)'\n') + 1) + 1;
        return new RuntimeSpecException(path, string.Create(CultureInfo.InvariantCulture, $"{expected} is expected here (line {line}, byte {column})"));
    }
}
