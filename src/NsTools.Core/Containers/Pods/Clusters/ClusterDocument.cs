using System.Globalization;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace NsTools.Containers.Pods.Clusters;

/// <summary>An object of a manifest, of whatever kind, as it is sent to a cluster.</summary>
/// <param name="ApiVersion">Group and version of its kind.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name.</param>
/// <param name="Namespace">The namespace that it names; null for none.</param>
/// <param name="Json">All of it, as JSON: nothing is lost of kinds and fields that are not known here.</param>
public sealed record ClusterDocument(string ApiVersion, string Kind, string Name, string? Namespace, ReadOnlyMemory<byte> Json)
{
    /// <summary>Reads all objects of a text; those in a <c>List</c> are objects of their own.</summary>
    /// <param name="yaml">YAML or JSON.</param>
    /// <exception cref="NsToolsException">It is none, or an object has no kind or name (<c>PodManifestInvalid</c>); or there is none (<c>PodManifestEmpty</c>).</exception>
    public static IReadOnlyList<ClusterDocument> ReadAll(string yaml)
    {
        List<ClusterDocument> documents = [];
        try
        {
            YamlStream stream = [];
            stream.Load(new StringReader(yaml));
            foreach (YamlDocument document in stream.Documents)
                Add(document.RootNode, documents);
        }
        catch (YamlException failure)
        {
            throw Invalid(string.Create(CultureInfo.InvariantCulture, $"line {failure.Start.Line}: {failure.Message}"), failure);
        }
        return documents.Count > 0
            ? documents
            : throw new NsToolsException(FailureKind.InvalidData, "PodManifestEmpty", "There is no object in it.", "Give documents with apiVersion, kind, metadata and spec.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}/{Name}";

    /// <summary>The images that its containers are of, where it is a pod or makes some.</summary>
    public IEnumerable<string> Images()
    {
        using JsonDocument json = JsonDocument.Parse(Json);
        JsonElement spec = Member(json.RootElement, "spec");
        JsonElement pod = Kind == "Pod" ? spec : Member(Member(spec, "template"), "spec");
        return [.. Items(pod, "initContainers").Concat(Items(pod, "containers")).Select(container => Member(container, "image")).Where(image => image.ValueKind == JsonValueKind.String).Select(image => image.GetString()!)];
    }

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) ? member : default;

    private static JsonElement.ArrayEnumerator Items(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : default;

    private static void Add(YamlNode node, List<ClusterDocument> documents)
    {
        // An empty document, such as between two '---'.
        if (node is YamlScalarNode { Value: null or "" })
            return;
        if (node is not YamlMappingNode mapping)
            throw Invalid($"line {node.Start.Line}: there is no object.");
        string kind = Text(mapping, "kind") ?? throw Invalid($"line {node.Start.Line}: the object has no kind.");
        string version = Text(mapping, "apiVersion") ?? throw Invalid($"line {node.Start.Line}: the {kind} has no apiVersion.");
        if (kind.EndsWith("List", StringComparison.Ordinal) && Child(mapping, "items") is YamlSequenceNode items)
        {
            foreach (YamlNode item in items)
                Add(item, documents);
            return;
        }
        YamlMappingNode? metadata = Child(mapping, "metadata") as YamlMappingNode;
        string name = metadata is null ? "" : Text(metadata, "name") ?? "";
        if (name.Length == 0)
            throw Invalid($"line {node.Start.Line}: the {kind} has no metadata.name.");
        documents.Add(new ClusterDocument(version, kind, name, Text(metadata!, "namespace"), YamlJson.Convert(mapping)));
    }

    private static YamlNode? Child(YamlMappingNode mapping, string name) => mapping.Children.TryGetValue(new YamlScalarNode(name), out YamlNode? child) ? child : null;

    private static string? Text(YamlMappingNode mapping, string name) => Child(mapping, name) is YamlScalarNode { Value: { Length: > 0 } text } ? text : null;

    private static NsToolsException Invalid(string problem, Exception? cause = null) => new(
        FailureKind.InvalidData, "PodManifestInvalid", $"That is no Kubernetes YAML: {problem}", "Give documents with apiVersion, kind, metadata and spec.", cause);
}
