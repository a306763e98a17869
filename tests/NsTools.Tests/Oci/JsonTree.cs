using System.Globalization;
using System.Text.Json.Nodes;

namespace NsTools.Tests.Oci;

/// <summary>Changes a JSON document at a path, as <see cref="JsonNode.GetPath"/> writes it.</summary>
internal static class JsonTree
{
    /// <summary>Paths of all nodes below the root.</summary>
    public static IEnumerable<string> Paths(JsonNode node)
    {
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject item => item.Select(member => member.Value),
            JsonArray item => item,
            _ => [],
        };
        foreach (JsonNode? child in children)
        {
            if (child is null)
                continue;
            yield return child.GetPath();
            foreach (string path in Paths(child))
                yield return path;
        }
    }

    public static JsonNode At(JsonNode root, string path) => Split(path).Aggregate(root, Step);

    public static void Replace(JsonNode root, string path, JsonNode value)
    {
        string[] steps = [.. Split(path)];
        JsonNode parent = steps[..^1].Aggregate(root, Step);
        if (parent is JsonArray list)
            list[int.Parse(steps[^1], CultureInfo.InvariantCulture)] = value;
        else
            parent[steps[^1]] = value;
    }

    public static void Remove(JsonNode root, string path)
    {
        string[] steps = [.. Split(path)];
        steps[..^1].Aggregate(root, Step).AsObject().Remove(steps[^1]);
    }

    private static JsonNode Step(JsonNode node, string step) =>
        (node is JsonArray list ? list[int.Parse(step, CultureInfo.InvariantCulture)] : node[step])!;

    private static IEnumerable<string> Split(string path)
    {
        for (int position = 1; position < path.Length;)
        {
            int end;
            if (path[position] == '.')
            {
                end = path.IndexOfAny(['.', '['], position + 1);
                yield return path[(position + 1)..(end < 0 ? path.Length : end)];
                position = end < 0 ? path.Length : end;
            }
            else
            {
                end = path.IndexOf(']', position);
                yield return path[(position + 1)..end].Trim('\'');
                position = end + 1;
            }
        }
    }
}
