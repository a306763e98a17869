using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace NsTools.Containers.Pods.Clusters;

/// <summary>
/// YAML as JSON, by the rules that <c>kubectl</c> has (sigs.k8s.io/yaml, which is YAML 1.1): a plain <c>0644</c> is octal,
/// and <c>yes</c>, <c>no</c>, <c>on</c> and <c>off</c> are truth values.
/// </summary>
internal static partial class YamlJson
{
    // An object of a cluster is 1.5 MB at most (etcd's limit of a request). Aliases of aliases make more of a short text.
    private const int MostBytes = 4 * 1024 * 1024;
    private const int MostDepth = 100;

    /// <summary>Converts a node.</summary>
    /// <param name="node">The node.</param>
    /// <exception cref="YamlException">It is too deep or too large, or the key of a mapping is no text.</exception>
    public static byte[] Convert(YamlNode node)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
            Write(writer, node, 0);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, YamlNode node, int depth)
    {
        if (depth > MostDepth || writer.BytesCommitted + writer.BytesPending > MostBytes)
            throw new YamlException(node.Start, node.End, "it is too deep or too large for an object of a cluster");
        switch (node)
        {
            case YamlMappingNode mapping:
                writer.WriteStartObject();
                foreach ((YamlNode key, YamlNode value) in mapping)
                {
                    writer.WritePropertyName((key as YamlScalarNode)?.Value ?? throw new YamlException(key.Start, key.End, "a key is no text"));
                    Write(writer, value, depth + 1);
                }
                writer.WriteEndObject();
                break;
            case YamlSequenceNode sequence:
                writer.WriteStartArray();
                foreach (YamlNode item in sequence)
                    Write(writer, item, depth + 1);
                writer.WriteEndArray();
                break;
            default:
                WriteScalar(writer, (YamlScalarNode)node);
                break;
        }
    }

    private static void WriteScalar(Utf8JsonWriter writer, YamlScalarNode scalar)
    {
        string text = scalar.Value ?? "";
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any) || (!scalar.Tag.IsEmpty && scalar.Tag.Value == "tag:yaml.org,2002:str"))
            writer.WriteStringValue(text);
        else if (text is "" or "~" or "null" or "Null" or "NULL")
            writer.WriteNullValue();
        else if (text is "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON")
            writer.WriteBooleanValue(true);
        else if (text is "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF")
            writer.WriteBooleanValue(false);
        else if (Whole(text) is { } whole)
            writer.WriteNumberValue(whole);
        else if (Fraction().IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
            writer.WriteNumberValue(number);
        else
            writer.WriteStringValue(text);
    }

    private static long? Whole(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && !Octal().IsMatch(text))
            return number;
        try
        {
            return Octal().IsMatch(text) ? System.Convert.ToInt64(text.Replace("o", "", StringComparison.Ordinal), 8)
                : Hexadecimal().IsMatch(text) ? System.Convert.ToInt64(text, 16) : null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\A0o?[0-7]+\z")]
    private static partial Regex Octal();

    [GeneratedRegex(@"\A0x[0-9a-fA-F]+\z")]
    private static partial Regex Hexadecimal();

    [GeneratedRegex(@"\A[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Fraction();
}
