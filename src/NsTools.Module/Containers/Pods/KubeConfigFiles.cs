namespace NsTools.Module.Containers.Pods;

/// <summary>Which kubeconfig files count, as <c>kubectl</c> finds them.</summary>
internal static class KubeConfigFiles
{
    /// <summary>Finds them.</summary>
    /// <param name="given">What the user gave; empty for nothing.</param>
    /// <param name="toPath">Makes absolute paths of theirs.</param>
    /// <returns>The files; those of KUBECONFIG that are not there do not count, those that were given do.</returns>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> given, Func<string, string> toPath)
    {
        if (given.Count > 0)
            return [.. given.Select(toPath)];
        if (Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } variable)
        {
            string[] named = [.. variable.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(toPath)];
            return Array.FindAll(named, File.Exists) is { Length: > 0 } existing ? existing : named;
        }
        string usual = Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config");
        return File.Exists(usual) ? [usual] : [];
    }
}
