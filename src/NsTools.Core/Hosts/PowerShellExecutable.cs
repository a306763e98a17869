namespace NsTools.Hosts;

/// <summary>The pwsh of this machine.</summary>
internal static class PowerShellExecutable
{
    private const string Name = "pwsh";

    /// <summary>Its path: the one that this code runs in, or else what PATH finds.</summary>
    /// <exception cref="NsToolsException">There is none (<c>PowerShellNotFound</c>).</exception>
    public static string Path => Candidates().FirstOrDefault(File.Exists) ?? throw new NsToolsException(
        FailureKind.NotFound, "PowerShellNotFound", "There is no pwsh, in which the code of an ordinary user's build runs.", "Install PowerShell, or put the directory of pwsh on PATH.");

    private static IEnumerable<string> Candidates() =>
    [
        // PSHOME, where the engine is pwsh's own.
        System.IO.Path.Join(AppContext.BaseDirectory, Name),
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(directory => System.IO.Path.Join(directory, Name)),
    ];
}
