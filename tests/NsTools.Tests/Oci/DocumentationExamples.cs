using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace NsTools.Tests.Oci;

/// <summary>The examples in a checkout of the runtime specification.</summary>
internal static partial class DocumentationExamples
{
    public static string? Folder { get; } = Environment.GetEnvironmentVariable("NSTOOLS_RUNTIME_SPEC");

    public static IEnumerable<(string File, string Example)> Read()
    {
        foreach (string name in new[] { "config.md", "config-linux.md" })
        {
            foreach (Match match in Fence().Matches(File.ReadAllText(Path.Combine(Folder!, name))))
                yield return (name, match.Groups[1].Value);
        }
        foreach (string path in Directory.EnumerateFiles(Path.Combine(Folder!, "schema/test/config/good"), "*.json"))
            yield return ("config.md", File.ReadAllText(path));
    }

    /// <summary>Puts an example where it belongs in a config; null for one that is no JSON, no config, or another platform's.</summary>
    public static JsonObject? Complete(string file, string example)
    {
        string text = example.Trim().TrimEnd(',');
        JsonObject part;
        try
        {
            part = (JsonObject)JsonNode.Parse(text.StartsWith('{') ? text : $"{{{text}}}")!;
        }
        catch (JsonException)
        {
            return null;
        }
        if (part.ContainsKey("fds") || part.ContainsKey("freebsd") || part.ContainsKey("zos") || text.Contains(@":\\", StringComparison.Ordinal) || text.Contains(@"\\?", StringComparison.Ordinal) || text == "\"ociVersion\": \"0.1.0\"")
            return null;
        JsonObject config = (JsonObject)JsonNode.Parse(
            """
            { "ociVersion": "1.0.0", "root": { "path": "r" }, "linux": { "namespaces": [
              { "type": "mount" }, { "type": "user" }, { "type": "uts" }, { "type": "time" }, { "type": "network" } ] } }
            """)!;
        JsonObject target = file == "config.md" || part.ContainsKey("linux") ? config : config["linux"]!.AsObject();
        if (file != "config.md" && part.First().Key is "memory" or "cpu" or "blockIO" or "hugepageLimits" or "network" or "pids" or "rdma" or "unified" || text.Contains("\"allow\"", StringComparison.Ordinal) && part.ContainsKey("devices"))
            config["linux"]!["resources"] = target = [];
        if (part.ContainsKey("ociVersion") && part.ContainsKey("root"))
        {
            // One is from before the first version.
            if (part["ociVersion"]!.GetValue<string>().StartsWith('0'))
                part["ociVersion"] = "1.0.0";
            return part;
        }
        foreach ((string name, JsonNode? value) in part.ToList())
        {
            part.Remove(name);
            if (name == "linux")
                Merge(config["linux"]!.AsObject(), value!.AsObject());
            else
                target[name] = value;
        }
        return config;
    }

    private static void Merge(JsonObject target, JsonObject source)
    {
        foreach ((string name, JsonNode? value) in source.ToList())
        {
            source.Remove(name);
            target[name] = value;
        }
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();
}

/// <summary>A test that needs the specification itself; skipped, and said so, without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RuntimeSpecFactAttribute : FactAttribute
{
    public RuntimeSpecFactAttribute()
    {
        if (!Directory.Exists(DocumentationExamples.Folder))
            Skip = "needs a checkout of opencontainers/runtime-spec, named in NSTOOLS_RUNTIME_SPEC";
    }
}
