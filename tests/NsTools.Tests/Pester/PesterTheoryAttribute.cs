using Xunit;

namespace NsTools.Tests.Pester;

/// <summary>A theory that needs pwsh and Pester, and is counted as skipped without them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PesterTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for pwsh and Pester.</summary>
    public PesterTheoryAttribute() => Skip = InstalledPwsh.WhyNoPester is { } reason ? $"The Pester suites were NOT run: {reason}." : null;
}

/// <summary>A fact that needs pwsh and PSScriptAnalyzer, and is counted as skipped without them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ScriptAnalyzerFactAttribute : FactAttribute
{
    /// <summary>Looks for pwsh and PSScriptAnalyzer.</summary>
    public ScriptAnalyzerFactAttribute() => Skip = InstalledPwsh.WhyNoScriptAnalyzer is { } reason ? $"The scripts were NOT analyzed: {reason}." : null;
}
