using System.Diagnostics;
using System.Management.Automation;

namespace NsTools.Shell;

/// <summary>
/// A pwsh on this machine, whose utility cmdlets (Format-Table, Get-Process, …) and PSReadLine we use: the package of
/// the engine has none of them.
/// </summary>
/// <param name="Home">Its folder.</param>
/// <param name="Version">Its version.</param>
internal sealed record InstalledPwsh(string Home, Version Version)
{
    /// <summary>The engine in this process.</summary>
    private static Version EngineVersion { get; } = VersionOf(typeof(PSObject).Assembly.Location);

    /// <summary>
    /// True when its assemblies can work with the engine in this process: they use the engine's internals, which change
    /// between minor versions, and the runtime does not give an assembly an older engine than it was built against.
    /// </summary>
    private bool FitsEngine => Version.Major == EngineVersion.Major && Version.Minor == EngineVersion.Minor && Version <= EngineVersion;

    /// <summary>Finds one that fits: <c>NSTOOLS_PWSH_HOME</c>, the one on PATH, the usual folders.</summary>
    /// <param name="reason">Why there is none.</param>
    public static InstalledPwsh? Find(out string reason)
    {
        reason = "no pwsh was found";
        foreach (string home in Candidates())
        {
            string utility = Path.Combine(home, "Microsoft.PowerShell.Commands.Utility.dll");
            if (!File.Exists(utility) || !Directory.Exists(Path.Combine(home, "Modules")))
                continue;
            var found = new InstalledPwsh(home, VersionOf(utility));
            if (found.FitsEngine)
                return found;
            reason = $"pwsh {found.Version.ToString(3)} in {home} does not fit this engine ({EngineVersion.ToString(3)})";
        }
        return null;
    }

    /// <summary>Lets the engine find its modules and its assemblies. Once, before the engine is used.</summary>
    public void Use()
    {
        PowerShellAssemblyLoadContextInitializer.SetPowerShellAssemblyLoadContext(Home);
        string modules = Path.Combine(Home, "Modules");
        string path = Environment.GetEnvironmentVariable("PSModulePath") ?? "";
        if (!path.Split(Path.PathSeparator).Contains(modules))
            Environment.SetEnvironmentVariable("PSModulePath", path.Length == 0 ? modules : path + Path.PathSeparator + modules);
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("NSTOOLS_PWSH_HOME") is { Length: > 0 } given)
        {
            // "none", or any folder without pwsh, turns it off.
            yield return given;
            yield break;
        }
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string program = Path.Combine(folder, "pwsh");
            if (File.Exists(program))
                yield return Path.GetDirectoryName(File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program)!;
        }
        yield return "/opt/microsoft/powershell/7";
        yield return "/usr/lib/powershell";
    }

    // ProductVersion is what $PSVersionTable shows; FileVersion has the build number in the third place.
    private static Version VersionOf(string assembly)
    {
        string text = FileVersionInfo.GetVersionInfo(assembly).ProductVersion ?? "";
        return Version.TryParse(text.Split(' ', '-', '+')[0], out Version? version) ? version : new Version(0, 0, 0);
    }
}
