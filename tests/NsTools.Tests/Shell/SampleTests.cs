using System.Diagnostics;
using Xunit;

namespace NsTools.Tests.Shell;

/// <summary>The sample as README runs it, in <c>nstools</c> without pwsh.</summary>
public sealed class SampleTests
{
    [Fact]
    public async Task Containers_from_scratch_does_every_step_and_leaves_nothing()
    {
        string folder = Path.Combine("/var/tmp", $"nstools-sample-test-{Environment.ProcessId}");
        var start = new ProcessStartInfo(
            Path.Combine(TestEnvironment.Repository, "out", "shell", "nstools"),
            [Path.Combine(TestEnvironment.Repository, "samples", "ContainersFromScratch.ps1"), "-Path", folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NSTOOLS_PWSH_HOME"] = "none";
        start.Environment.Remove("NSTOOLS_RUNTIME");
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        timeout.Token.Register(() => process.Kill(entireProcessTree: true));
        Task<string> readingErrors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        string error = await readingErrors;
        await process.WaitForExitAsync();
        Assert.False(timeout.IsCancellationRequested, "The sample did not end within two minutes.");
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}{Environment.NewLine}{output}{error}");
        Assert.Equal("", error);
        Assert.EndsWith("All steps did what they must.\n", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
        Assert.DoesNotContain(folder, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }
}
