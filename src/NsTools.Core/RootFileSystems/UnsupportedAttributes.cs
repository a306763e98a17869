using NsTools.Interop.FileSystems;

namespace NsTools.RootFileSystems;

/// <summary>Counts extended attributes that could not be set, for one warning instead of thousands.</summary>
internal sealed class UnsupportedAttributes
{
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private string? _example;

    /// <summary>Counts one.</summary>
    public void Add(RelativePath path, FileAttribute attribute)
    {
        _example ??= path.ToString();
        _counts[attribute.ToString()] = _counts.GetValueOrDefault(attribute.ToString()) + 1;
    }

    /// <summary>Says what was counted, if anything.</summary>
    public void Report(Action<string>? warning)
    {
        if (_counts.Count > 0)
        {
            warning?.Invoke(
                $"Extended attributes were not set, because the file system or your rights do not allow it: "
                + $"{string.Join(", ", _counts.Select(c => $"{c.Key} ({c.Value})"))}; the first on '{_example}'.");
        }
    }
}
