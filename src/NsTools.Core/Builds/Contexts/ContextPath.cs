namespace NsTools.Builds.Contexts;

/// <summary>Paths below a context's top, as Dockerfiles and ignore files write them.</summary>
internal static class ContextPath
{
    /// <summary>The names of a path or pattern, as Go's <c>filepath.Clean</c> leaves them: <c>a/../b//c/./</c> is <c>b/c</c>, and what leads out of the context begins at its top.</summary>
    /// <param name="path">The path.</param>
    public static string[] Parts(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".." && parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("." or ".."))
                parts.Add(part);
        }
        return [.. parts];
    }
}
