using System.Globalization;
using System.Text.Json;

namespace NsTools.Interop.Oci;

/// <summary>Reads one item of a list or one value of a map.</summary>
/// <param name="cursor">Stands before it.</param>
internal delegate T ReadValue<T>(ref JsonCursor cursor);

/// <summary>
/// Walks through JSON and says, by path and position, what is not as it should be. The generated deserializer does the
/// same with milliseconds of set-up, in a process that runs for milliseconds and reads one small document. As Go's
/// decoder has it, null stands for a member that is left out.
/// </summary>
/// <param name="json">UTF-8 JSON.</param>
internal ref struct JsonCursor(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private Utf8JsonReader _reader = new(json);
    // An item of a list is read to see whether the list ends there.
    private bool _isAtItem;

    /// <summary>Enters an object; false when null stands in its place.</summary>
    public bool BeginObject() => Begin(JsonTokenType.StartObject, "an object");

    /// <summary>Enters an object that must be there.</summary>
    public void RequireObject()
    {
        if (!BeginObject())
            throw new RuntimeSpecException(Path, "it is null, not an object");
    }

    /// <summary>Goes to the next member of the object; false at its end.</summary>
    public bool NextMember() => _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>True when the member is called so.</summary>
    /// <param name="name">A name in UTF-8.</param>
    public readonly bool Is(ReadOnlySpan<byte> name) => _reader.ValueTextEquals(name);

    /// <summary>Passes over the member's value.</summary>
    public void Skip() => _reader.Skip();

    /// <summary>A string; null for null.</summary>
    public string? Text()
    {
        Read();
        if (_reader.TokenType == JsonTokenType.Null)
            return null;
        return _reader.TokenType == JsonTokenType.String ? _reader.GetString() : throw Wrong("a string");
    }

    /// <summary>A string; null for an empty one, too, which Go's programs write for what is not there.</summary>
    public string? TextOrNull() => Text() is { Length: > 0 } text ? text : null;

    /// <summary>A boolean; false for null.</summary>
    public bool Flag() => FlagOrNull() ?? false;

    /// <summary>A boolean; null for null.</summary>
    public bool? FlagOrNull()
    {
        Read();
        return _reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            JsonTokenType.Null => null,
            _ => throw Wrong("true or false"),
        };
    }

    /// <summary>A whole number of 16 bits without a sign; null for null.</summary>
    public ushort? UInt16() =>
        !IsNumber() ? null : _reader.TryGetUInt16(out ushort value) ? value : throw Wrong("a whole number from 0 to 65535");

    /// <summary>A whole number of 32 bits without a sign; null for null.</summary>
    public uint? UInt32() =>
        !IsNumber() ? null : _reader.TryGetUInt32(out uint value) ? value : throw Wrong("a whole number from 0 to 4294967295");

    /// <summary>A whole number of 64 bits without a sign; null for null.</summary>
    public ulong? UInt64() =>
        !IsNumber() ? null : _reader.TryGetUInt64(out ulong value) ? value : throw Wrong("a whole number from 0 to 18446744073709551615");

    /// <summary>A whole number of 32 bits; null for null.</summary>
    public int? Int32() =>
        !IsNumber() ? null : _reader.TryGetInt32(out int value) ? value : throw Wrong("a whole number of 32 bits");

    /// <summary>A whole number of 64 bits; null for null.</summary>
    public long? Int64() =>
        !IsNumber() ? null : _reader.TryGetInt64(out long value) ? value : throw Wrong("a whole number of 64 bits");

    /// <summary>A list; null for null.</summary>
    /// <param name="read">Reads an item.</param>
    public List<T>? List<T>(ReadValue<T> read)
    {
        if (!Begin(JsonTokenType.StartArray, "a list"))
            return null;
        List<T> items = [];
        while (true)
        {
            _reader.Read();
            if (_reader.TokenType == JsonTokenType.EndArray)
                return items;
            _isAtItem = true;
            items.Add(read(ref this));
        }
    }

    /// <summary>A list of strings, none of them null.</summary>
    public List<string>? Texts() => List(static (ref JsonCursor cursor) => cursor.RequiredText());

    /// <summary>An object with any names; null for null. Of two members with the same name the last counts.</summary>
    /// <param name="read">Reads a value.</param>
    public Dictionary<string, T>? Map<T>(ReadValue<T> read)
    {
        if (!BeginObject())
            return null;
        var entries = new Dictionary<string, T>(StringComparer.Ordinal);
        while (NextMember())
            entries[_reader.GetString()!] = read(ref this);
        return entries;
    }

    /// <summary>An object with any names and strings as values; null for null.</summary>
    public Dictionary<string, string>? TextMap() => Map(static (ref JsonCursor cursor) => cursor.RequiredText());

    /// <summary>A string, not null.</summary>
    public string RequiredText() => Text() ?? throw Wrong("a string");

    /// <summary>A number of a list, not null.</summary>
    public uint RequiredUInt32() => UInt32() ?? throw Wrong("a whole number from 0 to 4294967295");

    /// <summary>Makes sure that nothing follows.</summary>
    public void End()
    {
        if (_reader.Read())
            throw Wrong("the end");
    }

    /// <summary>What was read of a member that must be there.</summary>
    /// <param name="value">What was read; null when it was not there.</param>
    /// <param name="name">The member's name. The object that it belongs to has just been left.</param>
    public readonly T Required<T>(T? value, string name)
        where T : class => value ?? throw Missing(name);

    /// <inheritdoc cref="Required{T}(T, string)"/>
    public readonly T Required<T>(T? value, string name)
        where T : struct => value ?? throw Missing(name);

    /// <summary>The complaint about a text that is no Unicode, which the reader itself makes without saying where.</summary>
    public readonly RuntimeSpecException NotUnicode() => Wrong("a string of valid Unicode");

    private readonly string Path => JsonPath.Of(_json, _reader.TokenStartIndex);

    private bool Begin(JsonTokenType start, string what)
    {
        Read();
        if (_reader.TokenType == JsonTokenType.Null)
            return false;
        return _reader.TokenType == start ? true : throw Wrong(what);
    }

    private bool IsNumber()
    {
        Read();
        return _reader.TokenType switch
        {
            JsonTokenType.Number => true,
            JsonTokenType.Null => false,
            _ => throw Wrong("a number"),
        };
    }

    private void Read()
    {
        if (_isAtItem)
            _isAtItem = false;
        else
            _reader.Read();
    }

    private readonly RuntimeSpecException Missing(string name) => new(JsonPath.Member(Path, name), "it is missing");

    private readonly RuntimeSpecException Wrong(string expected)
    {
        ReadOnlySpan<byte> before = _json[..(int)_reader.TokenStartIndex];
        int line = before.Count((byte)'\n') + 1;
        int column = before.Length - (before.LastIndexOf((byte)'\n') + 1) + 1;
        return new RuntimeSpecException(Path, string.Create(CultureInfo.InvariantCulture, $"{expected} is expected here (line {line}, byte {column})"));
    }
}
