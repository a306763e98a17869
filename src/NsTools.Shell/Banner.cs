using System.Management.Automation;

namespace NsTools.Shell;

/// <summary>The words at the start of an interactive session.</summary>
internal static class Banner
{
    /// <summary>Says what this is and, where no pwsh was found, what is missing.</summary>
    /// <param name="pwsh">The pwsh that lends its cmdlets; null for none.</param>
    /// <param name="reason">Why there is none.</param>
    public static void Write(InstalledPwsh? pwsh, string reason)
    {
        Console.WriteLine($"NsTools in the PowerShell engine {PSVersionInfo.PSVersion}. Get-Command -Module NsTools lists its cmdlets, exit ends.");
        Console.WriteLine(pwsh is null
            ? $"""
                Here are PowerShell's language and core cmdlets (Where-Object, ForEach-Object, Get-Help, ...). Those of its
                utility modules (Select-Object, Format-Table, Write-Output, Get-Process, Get-ChildItem, Set-Location, ...)
                are missing: {reason}. Objects show by their views, programs run as usual.
                """
            : $"The utility modules are those of pwsh {pwsh.Version.ToString(3)} in {pwsh.Home}.");
    }
}
