using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace NsTools.Images.Copying;

/// <summary>
/// The rules of <c>skopeo sync --src yaml</c> (skopeo-sync(1), "YAML file content"): for each registry <c>images</c>
/// with their tags, <c>images-by-tag-regex</c>, and <c>credentials</c>.
/// </summary>
public static class SyncRuleFile
{
    // A pattern is the user's own, but may be tried on ten thousand tags of somebody else's.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="NsToolsException">It is not there or not valid (<c>SyncRulesInvalid</c>).</exception>
    public static IReadOnlyList<SyncRule> Read(string path)
    {
        if (!File.Exists(path))
            throw new NsToolsException(FailureKind.NotFound, "SyncRulesNotFound", $"There is no file '{path}'.");
        return Parse(File.ReadAllText(path), path);
    }

    internal static IReadOnlyList<SyncRule> Parse(string text, string path)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (Exception exception) when (exception is YamlException or InvalidOperationException)
        {
            throw Invalid(path, (exception as YamlException)?.Start.Line ?? 1, "this is no YAML", exception);
        }
        if (yaml.Documents.Count == 0)
            return [];
        List<SyncRule> rules = [];
        foreach ((YamlNode registry, YamlNode settings) in Mapping(yaml.Documents[0].RootNode, path))
            rules.AddRange(RulesOf(Text(registry, path), Mapping(settings, path), path));
        return rules;
    }

    private static IEnumerable<SyncRule> RulesOf(string registry, YamlMappingNode settings, string path)
    {
        RegistryCredential? credential = null;
        if (Member(settings, "credentials") is { } given)
        {
            YamlMappingNode parts = Mapping(given, path);
            credential = new RegistryCredential(Required(parts, "username", path), Required(parts, "password", path));
        }
        if (Member(settings, "images") is { } images)
        {
            foreach ((YamlNode name, YamlNode tags) in Mapping(images, path))
            {
                yield return new SyncRule
                {
                    Repository = RepositoryOf(registry, name, path),
                    Tags = tags is YamlSequenceNode list ? [.. list.Select(t => Text(t, path))] : null,
                    Credential = credential,
                };
            }
        }
        if (Member(settings, "images-by-tag-regex") is { } patterns)
        {
            foreach ((YamlNode name, YamlNode pattern) in Mapping(patterns, path))
                yield return new SyncRule { Repository = RepositoryOf(registry, name, path), TagPattern = PatternOf(pattern, path), Credential = credential };
        }
    }

    private static ImageReference RepositoryOf(string registry, YamlNode name, string path) =>
        ImageReference.TryParse($"docker://{registry}/{Text(name, path)}", out ImageReference? reference) && reference is { Registry: not null, Tag: null, Digest: null }
            ? reference
            : throw Invalid(path, name.Start.Line, $"'{DisplayText.Of($"{registry}/{name}")}' is no repository", null);

    private static Regex PatternOf(YamlNode node, string path)
    {
        try
        {
            return new Regex(Text(node, path), RegexOptions.CultureInvariant, s_patience);
        }
        catch (ArgumentException exception)
        {
            throw Invalid(path, node.Start.Line, exception.Message, exception);
        }
    }

    private static YamlNode? Member(YamlMappingNode mapping, string name) => mapping.Children.TryGetValue(new YamlScalarNode(name), out YamlNode? value) ? value : null;

    private static string Required(YamlMappingNode mapping, string name, string path) =>
        Member(mapping, name) is { } value ? Text(value, path) : throw Invalid(path, mapping.Start.Line, $"'{name}' is missing", null);

    private static YamlMappingNode Mapping(YamlNode node, string path) => node as YamlMappingNode ?? throw Invalid(path, node.Start.Line, "names with values were expected", null);

    private static string Text(YamlNode node, string path) => (node as YamlScalarNode)?.Value is { Length: > 0 } text ? text : throw Invalid(path, node.Start.Line, "a text was expected", null);

    private static NsToolsException Invalid(string path, long line, string problem, Exception? cause) => new(
        FailureKind.InvalidData, "SyncRulesInvalid", $"'{path}', line {line}: {DisplayText.Of(problem).TrimEnd('.')}.", "See man skopeo-sync, 'YAML file content'.", cause);
}
