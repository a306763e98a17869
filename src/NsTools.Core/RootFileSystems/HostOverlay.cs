using System.Text.Json;
using System.Text.Json.Serialization;
using NsTools.Interop.Syscalls;

namespace NsTools.RootFileSystems;

/// <summary>
/// What <c>New-RootFileSystem -FromHost</c> keeps beside the directory that it makes: <c>.NAME.layers/</c> with the
/// upper and work directories of the overlay and this description of it, <c>overlay.json</c>.
/// </summary>
internal sealed record HostOverlay
{
    /// <summary>What <see cref="RootFileSystem.Source"/> says of such a root.</summary>
    public const string SourceName = "host";

    /// <summary>Version of this file's format.</summary>
    public int Version { get; init; } = 1;

    /// <summary>
    /// Directories of the host, without their leading slash, over which an overlay of their own is mounted when a
    /// process is started in the root; empty where one overlay over all is mounted already (by root).
    /// </summary>
    public IReadOnlyList<string> Directories { get; init; } = [];

    /// <summary>The user that its file belongs to, as it was read.</summary>
    [JsonIgnore]
    public long OwnerUserId { get; init; }

    /// <summary>The hidden directory beside <paramref name="rootPath"/> that holds the layers.</summary>
    public static string LayersOf(string rootPath)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(rootPath));
        return Path.Join(Path.GetDirectoryName(path), $".{Path.GetFileName(path)}.layers");
    }

    /// <summary>True when there are layers beside a root, whatever their description says.</summary>
    public static bool Exists(string rootPath) => Directory.Exists(LayersOf(rootPath));

    /// <summary>The description that lies beside a root; null where it is no overlay over the host.</summary>
    /// <exception cref="NsToolsException">It is damaged (<c>OverlayDescriptionInvalid</c>).</exception>
    public static HostOverlay? Read(string rootPath)
    {
        string path = DescriptionOf(rootPath);
        if (!File.Exists(path))
            return null;
        try
        {
            using FileStream file = File.OpenRead(path);
            long owner = Descriptor.OwnerOf(file.SafeFileHandle);
            return JsonSerializer.Deserialize(file, HostOverlayJson.Default.HostOverlay) is { } overlay
                ? overlay with { OwnerUserId = owner }
                : null;
        }
        catch (JsonException exception)
        {
            throw new NsToolsException(
                FailureKind.InvalidData,
                "OverlayDescriptionInvalid",
                $"'{path}', which describes the overlay of '{rootPath}', is damaged: {exception.Message}",
                $"Remove it with Remove-RootFileSystem '{rootPath}' and make it again.",
                exception);
        }
    }

    /// <summary>Writes the description beside a root, whole or not at all.</summary>
    public void Write(string rootPath)
    {
        string path = DescriptionOf(rootPath);
        string temporary = $"{path}.{Guid.NewGuid():N}";
        using (FileStream file = File.Create(temporary))
        {
            JsonSerializer.Serialize(file, this, HostOverlayJson.Default.HostOverlay);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path);
    }

    private static string DescriptionOf(string rootPath) => Path.Join(LayersOf(rootPath), "overlay.json");
}

/// <summary>Serialization without reflection: it starts faster.</summary>
[JsonSerializable(typeof(HostOverlay))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class HostOverlayJson : JsonSerializerContext;
