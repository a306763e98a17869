namespace NsTools.Commands;

/// <summary>Checks a directory that shall become a root.</summary>
internal static class RootPath
{
    /// <summary>Makes sure that it is a directory; what starts the process would only say ENOENT or ENOTDIR.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The path, absolute.</returns>
    /// <exception cref="NsToolsException">It is not there (<c>RootNotFound</c>) or no directory (<c>RootNotADirectory</c>).</exception>
    public static string Require(string path)
    {
        string absolute = Path.GetFullPath(path);
        if (Directory.Exists(absolute))
            return absolute;
        throw File.Exists(absolute)
            ? new NsToolsException(
                FailureKind.InvalidArgument,
                "RootNotADirectory",
                $"The root '{absolute}' is not a directory.",
                "Extract an archive with Expand-RootFileSystem, and name the directory.")
            : new NsToolsException(
                FailureKind.NotFound,
                "RootNotFound",
                $"The root '{absolute}' does not exist.",
                "Make it with Expand-RootFileSystem or New-RootFileSystem.");
    }
}
