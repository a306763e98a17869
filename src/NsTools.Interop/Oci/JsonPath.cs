using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NsTools.Interop.Oci;

/// <summary>JSON paths (RFC 9535) of what is complained about: <c>$.linux.sysctl['net.ipv4.ip_forward']</c>.</summary>
internal static class JsonPath
{
    /// <summary>The path of an object's member.</summary>
    /// <param name="parent">The object's path.</param>
    /// <param name="name">The member's name.</param>
    public static string Member(string parent, string name) => IsPlain(name) ? $"{parent}.{name}" : $"{parent}['{Escape(name)}']";

    /// <summary>The path of a list's item.</summary>
    /// <param name="parent">The list's path.</param>
    /// <param name="index">The item's index.</param>
    public static string Item(string parent, int index) => string.Create(CultureInfo.InvariantCulture, $"{parent}[{index}]");

    /// <summary>
    /// The path of a token. The document is walked through once more for that: only who complains pays for it.
    /// </summary>
    /// <param name="json">The document.</param>
    /// <param name="position">Where the token begins.</param>
    public static string Of(ReadOnlySpan<byte> json, long position)
    {
        var open = new List<Level>();
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                    open.RemoveAt(open.Count - 1);
                else if (reader.TokenType == JsonTokenType.PropertyName)
                    open[^1] = open[^1] with { Name = NameAt(ref reader) };
                else if (open.Count > 0 && open[^1].IsList)
                    open[^1] = open[^1] with { Index = open[^1].Index + 1 };
                if (reader.TokenStartIndex >= position)
                    break;
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    open.Add(new Level(reader.TokenType == JsonTokenType.StartArray, -1, null));
            }
        }
        catch (JsonException)
        {
            // What comes here was read up to the position before; beyond it there may be anything.
        }
        string path = "$";
        foreach (Level level in open)
            path = level.IsList ? Item(path, Math.Max(level.Index, 0)) : level.Name is null ? path : Member(path, level.Name);
        return path;
    }

    private static string NameAt(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "\ufffd";
        }
    }

    private static bool IsPlain(string name)
    {
        foreach (char letter in name)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '-'))
                return false;
        }
        return name.Length > 0;
    }

    // It ends up in a terminal and in logs of one line an entry.
    private static string Escape(string name)
    {
        var text = new StringBuilder();
        foreach (char letter in name.Length <= 100 ? name : name[..100])
        {
            if (letter is '\'' or '\\')
                text.Append('\\').Append(letter);
            else if (char.IsControl(letter) || char.IsSurrogate(letter))
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
            else
                text.Append(letter);
        }
        return text.ToString();
    }

    private readonly record struct Level(bool IsList, int Index, string? Name);
}
