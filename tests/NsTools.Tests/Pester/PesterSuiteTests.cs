using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;
using Xunit.Abstractions;

namespace NsTools.Tests.Pester;

/// <summary>Each Pester suite as one case, in a pwsh of its own.</summary>
public sealed partial class PesterSuiteTests(ITestOutputHelper output)
{
    // .ci/run adds up these lines: what a suite counts is what is in it.
    private const string Script = """
        $configuration = New-PesterConfiguration
        $configuration.Run.Path = $env:NSTOOLS_SUITE
        $configuration.Run.PassThru = $true
        $configuration.Output.Verbosity = 'Detailed'
        $configuration.Output.RenderMode = 'Plaintext'
        $result = Invoke-Pester -Configuration $configuration
        foreach ($test in $result.Failed) { "Failed: $($test.ExpandedPath)" }
        foreach ($block in $result.FailedBlocks) { "Failed block: $($block.ExpandedPath)" }
        foreach ($container in $result.FailedContainers) { "Failed file: $($container.Item)" }
        $failed = $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
        "Pester: $($result.PassedCount) passed, $failed failed, $($result.SkippedCount + $result.InconclusiveCount) skipped"
        exit [int]($failed -ne 0)
        """;

    /// <summary>Every suite, by its path under tests/Pester.</summary>
    public static TheoryData<string> Suites()
    {
        string folder = Path.Combine(TestEnvironment.Repository, "tests", "Pester");
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.Tests.ps1", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal)]
            : [];
    }

    [PesterTheory]
    [MemberData(nameof(Suites))]
    public void Suite_passes(string suite)
    {
        double minutes = double.Parse(Environment.GetEnvironmentVariable("NSTOOLS_PESTER_MINUTES") ?? "10", CultureInfo.InvariantCulture);
        (int? exitCode, string text) = InstalledPwsh.Found!.Run(
            Script, TimeSpan.FromMinutes(minutes), ("NSTOOLS_SUITE", Path.Combine(TestEnvironment.Repository, "tests", "Pester", suite)));
        output.WriteLine(text);
        Match counts = Counts().Match(text);
        // The whole output follows the message, as the case's own.
        Assert.True(exitCode is not null, $"{suite} did not end within {minutes} minutes; it was killed.");
        Assert.True(counts.Success, $"{suite} did not get as far as its count (exit code {exitCode}).");
        Assert.True(exitCode == 0, string.Join(Environment.NewLine, [$"{suite}: {counts.Groups["all"]}", .. text.Split('\n').Where(line => line.StartsWith("Failed", StringComparison.Ordinal))]));
        Assert.True(counts.Groups["all"].Value != "0 passed, 0 failed, 0 skipped", $"{suite} has no test.");
    }

    [GeneratedRegex("^Pester: (?<all>[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped)", RegexOptions.Multiline)]
    private static partial Regex Counts();
}
