namespace NsTools.Hosts.Probes;

/// <summary>Finds out about one feature of the host.</summary>
internal abstract class HostProbe(string feature)
{
    /// <summary>The feature's name.</summary>
    public string Feature { get; } = feature;

    /// <summary>Looks, or tries; leaves no trace.</summary>
    public abstract HostFeature Probe();

    /// <summary>It works.</summary>
    protected HostFeature Available(string detail) => Tell(HostFeatureStatus.Available, detail, null);

    /// <summary>It works in part, for others, or could not be tried.</summary>
    protected HostFeature Limited(string detail, string? remedy) => Tell(HostFeatureStatus.Limited, detail, remedy);

    /// <summary>The host does not have it.</summary>
    protected HostFeature Missing(string detail, string? remedy) => Tell(HostFeatureStatus.Missing, detail, remedy);

    private HostFeature Tell(HostFeatureStatus status, string detail, string? remedy) =>
        new() { Feature = Feature, Status = status, Detail = detail, Remedy = remedy };

    /// <summary>The number or word in a file of proc or sys.</summary>
    /// <returns>Its text without the newline; null when the kernel does not have the file.</returns>
    protected static string? ReadSetting(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
