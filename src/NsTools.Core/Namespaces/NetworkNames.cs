namespace NsTools.Namespaces;

/// <summary>The names of network namespaces that <c>ip netns</c> keeps, and we add to (<c>ip-netns(8)</c>): reading them.</summary>
public static class NetworkNames
{
    /// <summary>The directory.</summary>
    public const string Location = "/run/netns";

    /// <summary>All names, in order.</summary>
    public static IReadOnlyList<string> List()
    {
        try
        {
            return [.. Directory.EnumerateFiles(Location).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        }
        catch (Exception failure) when (failure is DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The path that opens a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The path; null when there is no such name.</returns>
    public static string? Find(string name)
    {
        if (name is "." or ".." || name.Contains('/'))
            return null;
        string path = Path.Combine(Location, name);
        return File.Exists(path) ? path : null;
    }
}
