using System.Text.Json;
using System.Text.Json.Serialization;
using NsTools.Interop.Processes;

namespace NsTools.Namespaces;

/// <summary>What is written down of a namespace set: <c>set.json</c> in its directory.</summary>
internal sealed record NamespaceSetDocument
{
    /// <summary>Name of the file in the set's directory.</summary>
    public const string FileName = "set.json";

    /// <summary>The set's name.</summary>
    public required string Name { get; init; }

    /// <summary>The process that holds the namespaces; null for a set that only its bind mounts keep.</summary>
    public ProcessIdentity? Holder { get; init; }

    /// <summary>The root directory on the host; null for the host's own.</summary>
    public string? Root { get; init; }

    /// <summary>The host name asked for; null for none.</summary>
    public string? HostName { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Who made it.</summary>
    public required uint OwnerUserId { get; init; }

    /// <summary>True when its network namespace is (to be) under <c>/run/netns</c> by its name.</summary>
    public bool HasNetworkName { get; init; }

    /// <summary>Its own namespaces by type, with their nsfs inode numbers.</summary>
    public required IReadOnlyDictionary<NamespaceType, long> Namespaces { get; init; }

    /// <summary>Reads the document of a set's directory.</summary>
    /// <param name="directory">The set's directory.</param>
    /// <returns>The document; null when it is not there or is no such document.</returns>
    public static NamespaceSetDocument? Read(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize(
                File.ReadAllBytes(Path.Combine(directory, FileName)),
                NamespaceStoreJson.Default.NamespaceSetDocument);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            // Written atomically, so a damaged one is not ours any more; the set then shows as dead and can be removed.
            return null;
        }
    }

    /// <summary>The document as bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, NamespaceStoreJson.Default.NamespaceSetDocument);
}

/// <summary>Serialization without reflection: it is also quicker at the first use.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NamespaceSetDocument))]
internal sealed partial class NamespaceStoreJson : JsonSerializerContext;
