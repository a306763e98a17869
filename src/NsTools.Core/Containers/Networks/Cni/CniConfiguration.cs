using System.Text.Json;
using System.Text.Json.Nodes;

namespace NsTools.Containers.Networks.Cni;

/// <summary>
/// A network configuration of the host (Container Network Interface specification 1.0, section 1): a list of plugins in
/// <c>/etc/cni/net.d</c>, or where <c>NETCONFPATH</c> says, as for <c>cnitool</c>.
/// </summary>
internal sealed record CniConfiguration
{
    private const string Location = "/etc/cni/net.d";

    private CniConfiguration(string name, string version, JsonObject[] plugins, string text, string? path) =>
        (Name, Version, Plugins, Text, Path) = (name, version, plugins, text, path);

    /// <summary>The network's name.</summary>
    public string Name { get; }

    /// <summary>The version of the specification that it is written for.</summary>
    public string Version { get; }

    /// <summary>The plugins' configurations, in the order in which they are run.</summary>
    public IReadOnlyList<JsonObject> Plugins { get; }

    /// <summary>The whole of it.</summary>
    public string Text { get; }

    /// <summary>Where it is.</summary>
    public string? Path { get; }

    /// <summary>All that can be read, in the order of their files' names; what is damaged is none.</summary>
    public static IEnumerable<CniConfiguration> List()
    {
        string directory = Environment.GetEnvironmentVariable("NETCONFPATH") is { Length: > 0 } moved ? moved : Location;
        if (!Directory.Exists(directory))
            return [];
        return Directory.EnumerateFiles(directory).Where(file => System.IO.Path.GetExtension(file) is ".conflist" or ".conf" or ".json")
            .Order(StringComparer.Ordinal).Select(TryRead).OfType<CniConfiguration>().DistinctBy(configuration => configuration.Name);
    }

    /// <summary>That of a name; null for none.</summary>
    public static CniConfiguration? Find(string name) => List().FirstOrDefault(configuration => configuration.Name == name);

    /// <summary>Parses a list of plugins, or the older form of one plugin alone.</summary>
    /// <param name="text">The JSON.</param>
    /// <param name="path">Where it is from.</param>
    /// <exception cref="NsToolsException">It is none (<c>CniConfigurationInvalid</c>).</exception>
    public static CniConfiguration Parse(string text, string path)
    {
        try
        {
            if (JsonNode.Parse(text) is JsonObject root && (string?)root["name"] is { Length: > 0 } name)
            {
                string version = (string?)root["cniVersion"] ?? "0.1.0";
                JsonObject[] plugins = root["plugins"] is JsonArray list ? [.. list.OfType<JsonObject>()] : [root];
                if (plugins.Length > 0 && plugins.All(plugin => IsType((string?)plugin["type"])))
                    return new CniConfiguration(name, version, plugins, text, path);
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw Invalid(path, failure);
        }
        throw Invalid(path, null);
    }

    // It becomes the name of a program in a directory.
    private static bool IsType(string? type) => type is { Length: > 0 } && !type.Contains('/', StringComparison.Ordinal) && type is not ("." or "..");

    private static CniConfiguration? TryRead(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception failure) when (failure is NsToolsException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static NsToolsException Invalid(string path, Exception? cause) => new(
        FailureKind.InvalidData, "CniConfigurationInvalid", $"'{path}' is no CNI network configuration: it needs a name, and plugins with their types.", null, cause);
}
