using System.Globalization;
using System.Text;
using NsTools.Hosts;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;

namespace NsTools.Images.Copying;

/// <summary>
/// What layers have become by being compressed otherwise, in one file of the data directory: the next copy to a place
/// that has the result need not compress it again. Only what this program has made and verified itself is in there.
/// </summary>
internal sealed class RecompressionMemory
{
    // The oldest ones are forgotten: a line each of some 200 bytes.
    private const int MaximumCount = 2000;
    private const long MaximumSize = 1 << 20;

    private readonly string _path = Path.Join(RuntimeDirectories.DataRoot, "recompressed");
    private readonly Lock _lock = new();
    private readonly List<(string Key, ImageDescriptor Made)> _news = [];
    private readonly Dictionary<string, ImageDescriptor> _known;

    /// <summary>Reads what there is.</summary>
    public RecompressionMemory() => _known = Read(_path).ToDictionary(pair => pair.Key, pair => pair.Made);

    /// <summary>What a layer has become.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="to">How it was compressed.</param>
    /// <param name="level">How hard; null for the usual.</param>
    /// <returns>Null when nothing is known.</returns>
    public ImageDescriptor? Find(Digest layer, LayerCompression to, int? level)
    {
        lock (_lock)
            return _known.GetValueOrDefault(KeyOf(layer, to, level));
    }

    /// <summary>Notes what a layer has become.</summary>
    public void Add(Digest layer, LayerCompression to, int? level, ImageDescriptor made)
    {
        string key = KeyOf(layer, to, level);
        lock (_lock)
        {
            _known[key] = made;
            _news.Add((key, made));
        }
    }

    /// <summary>Writes down what has been noted.</summary>
    public void Save()
    {
        if (_news.Count == 0)
            return;
        // What another copy has written meanwhile stays. Two at the very same time: one's notes are lost, which costs time only.
        var text = new StringBuilder();
        foreach ((string key, ImageDescriptor made) in Enumerable.Reverse(_news).Concat(Read(_path)).DistinctBy(pair => pair.Key).Take(MaximumCount))
            text.Append(CultureInfo.InvariantCulture, $"{key} {made.Digest} {made.Size}\n");
        try
        {
            Directory.CreateDirectory(RuntimeDirectories.DataRoot);
            AtomicFile.Write(_path, Encoding.ASCII.GetBytes(text.ToString()), isSynchronized: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SyscallException)
        {
            // The copy is done; the next one only takes longer.
        }
    }

    private static string KeyOf(Digest layer, LayerCompression to, int? level) =>
        string.Create(CultureInfo.InvariantCulture, $"{layer} {to}/{level?.ToString(CultureInfo.InvariantCulture) ?? "-"}");

    private static IEnumerable<(string Key, ImageDescriptor Made)> Read(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length > MaximumSize)
            return [];
        List<(string, ImageDescriptor)> pairs = [];
        foreach (string line in File.ReadAllLines(path))
        {
            // A line that is none was cut off by a crash.
            if (line.Split(' ') is [var layer, var how, var made, var size]
                && Digest.TryParse(made, out Digest? digest)
                && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
                && Enum.TryParse(how.Split('/')[0], out LayerCompression to))
            {
                pairs.Add(($"{layer} {how}", new ImageDescriptor { MediaType = LayerTypes.For(to, ImageFormat.Oci), Digest = digest, Size = bytes }));
            }
        }
        return pairs.DistinctBy(pair => pair.Item1);
    }
}
