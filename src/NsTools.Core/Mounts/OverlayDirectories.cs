namespace NsTools.Mounts;

/// <summary>The directories of an overlay (<c>Documentation/filesystems/overlayfs.rst</c>).</summary>
public sealed record OverlayDirectories
{
    /// <summary>What is below, the topmost first; at least one, and at least two where there is no <see cref="Upper"/>.</summary>
    public required IReadOnlyList<string> Lower { get; init; }

    /// <summary>What takes the changes; null for an overlay that nothing can be written to.</summary>
    public string? Upper { get; init; }

    /// <summary>An empty directory on the same file system as <see cref="Upper"/>; needed with it.</summary>
    public string? Work { get; init; }

    /// <summary>The file system's options for them, each one by itself: a path may have commas.</summary>
    internal IEnumerable<string> ToOptions()
    {
        yield return $"lowerdir={string.Join(':', Lower.Select(path => Escape(path).Replace(":", "\\:", StringComparison.Ordinal)))}";
        if (Upper is not null)
            yield return $"upperdir={Escape(Upper)}";
        if (Work is not null)
            yield return $"workdir={Escape(Work)}";
    }

    private static string Escape(string path) => path.Replace("\\", "\\\\", StringComparison.Ordinal);
}
