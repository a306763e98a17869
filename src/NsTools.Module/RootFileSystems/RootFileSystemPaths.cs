using System.Management.Automation;
using NsTools.RootFileSystems;

namespace NsTools.Module.RootFileSystems;

/// <summary>Paths of root file systems in the user's words.</summary>
internal static class RootFileSystemPaths
{
    /// <summary>The directories that a path means; with wildcards those that match, and the leftovers of those.</summary>
    public static IEnumerable<string> Resolve(PSCmdlet cmdlet, string given, Func<string, string> toFileSystemPath)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(given))
            return [toFileSystemPath(given)];
        List<string> paths = [];
        try
        {
            paths.AddRange(cmdlet.GetResolvedProviderPathFromPSPath(given, out _).Where(Directory.Exists));
        }
        catch (ItemNotFoundException)
        {
            // No match for a wildcard is silence.
        }
        paths.AddRange(LeftoversOf(cmdlet, given));
        return paths.Distinct(StringComparer.Ordinal);
    }

    // They are hidden files, which wildcards leave out; but whoever asks for `buda*` wants to know of a cut-off `buda`.
    private static List<string> LeftoversOf(PSCmdlet cmdlet, string given)
    {
        var pattern = new WildcardPattern(cmdlet.SessionState.Path.ParseChildName(given), WildcardOptions.None);
        string parent = cmdlet.SessionState.Path.ParseParent(given, null);
        List<string> found = [];
        try
        {
            foreach (string directory in cmdlet.GetResolvedProviderPathFromPSPath(parent.Length == 0 ? "." : parent, out _).Where(Directory.Exists))
                found.AddRange(RootFileSystemCatalog.Leftovers(directory).Where(l => pattern.IsMatch(l.Name)).Select(l => l.Leftover.Path));
        }
        catch (ItemNotFoundException)
        {
            // Nor is there a directory in which they could be.
        }
        return found;
    }
}
