namespace NsTools.Shell;

/// <summary>Finds the module.</summary>
internal static class ModuleLocator
{
    /// <summary>
    /// The manifest: <c>NSTOOLS_MODULE</c>, or the nearest <c>NsTools/NsTools.psd1</c> or <c>out/NsTools/NsTools.psd1</c>
    /// from this program's folder upward.
    /// </summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    public static string FindManifest()
    {
        if (Environment.GetEnvironmentVariable("NSTOOLS_MODULE") is { Length: > 0 } given)
        {
            return File.Exists(given)
                ? Path.GetFullPath(given)
                : throw new FileNotFoundException($"NSTOOLS_MODULE names '{given}', which is not there.");
        }
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (string relative in (string[])["NsTools/NsTools.psd1", "out/NsTools/NsTools.psd1"])
            {
                string manifest = Path.Combine(folder.FullName, relative);
                // Only the one that the build lays out has the assemblies beside it.
                if (File.Exists(manifest) && File.Exists(Path.Combine(Path.GetDirectoryName(manifest)!, "NsTools.Module.dll")))
                    return manifest;
            }
        }
        throw new FileNotFoundException(
            $"The module NsTools is not above '{AppContext.BaseDirectory}'. Build it with `dotnet build`, or name its NsTools.psd1 in NSTOOLS_MODULE.");
    }
}
