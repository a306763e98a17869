using System.Text.Json;
using System.Text.Json.Serialization;
using NsTools.Hosts;
using NsTools.Images;

namespace NsTools.Builds.Execution;

/// <summary>
/// What steps of earlier builds did, by the key of each (<c>builds/cache/</c> of the data directory). An entry whose layer the
/// store no longer has is none: it may all be removed at any time.
/// </summary>
internal sealed class BuildCache
{
    private static string Root => Path.Join(RuntimeDirectories.DataRoot, "builds", "cache");

    /// <summary>What a step did; null where that is not known.</summary>
    /// <param name="key">Its key.</param>
    public static BuildCacheEntry? Find(string key)
    {
        try
        {
            BuildCacheEntry? entry = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Join(Root, key)), BuildJson.Default.BuildCacheEntry);
            return entry is { Layer: { } layer } && !ImageStore.Default.Layout.HasBlob(layer) ? null : entry;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            // A crash may have left an empty one: it is not synchronized to the disk.
            return null;
        }
    }

    /// <summary>Keeps what a step did.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="entry">What it did.</param>
    public static void Add(string key, BuildCacheEntry entry)
    {
        Directory.CreateDirectory(Root);
        string temporary = Path.Join(Root, $".{key}.{Guid.NewGuid():N}");
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(entry, BuildJson.Default.BuildCacheEntry));
        File.Move(temporary, Path.Join(Root, key), overwrite: true);
    }
}

/// <summary>What a step did.</summary>
internal sealed record BuildCacheEntry
{
    /// <summary>When.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>What points to the layer that it made; null for none.</summary>
    public ImageDescriptor? Layer { get; init; }

    /// <summary>Digest of that layer's archive.</summary>
    public string? DiffId { get; init; }
}

/// <summary>Reads and writes them without reflection.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(Images.Documents.DigestConverter)])]
[JsonSerializable(typeof(BuildCacheEntry))]
[JsonSerializable(typeof(Remote.RemoteRecord))]
internal sealed partial class BuildJson : JsonSerializerContext;
