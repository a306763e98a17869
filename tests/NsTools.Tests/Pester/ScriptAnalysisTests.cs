using Xunit;

namespace NsTools.Tests.Pester;

/// <summary>PSScriptAnalyzer over every script and manifest of the repository.</summary>
public sealed class ScriptAnalysisTests
{
    [ScriptAnalyzerFact]
    public void Scripts_and_manifests_have_no_finding()
    {
        (int? exitCode, string text) = InstalledPwsh.Found!.Run(
            "& $env:NSTOOLS_BUILD Analyze", TimeSpan.FromMinutes(5), ("NSTOOLS_BUILD", Path.Combine(TestEnvironment.Repository, "build.ps1")));
        Assert.True(exitCode == 0, text);
    }
}
