using System.Diagnostics;
using System.Text;

namespace NsTools.Tests.Pester;

/// <summary>The pwsh on PATH and the modules that it has, looked at once.</summary>
internal sealed record InstalledPwsh(string Path, Version Version, Version? Pester, Version? ScriptAnalyzer)
{
    private static readonly Lazy<InstalledPwsh?> s_found = new(Find);

    /// <summary>What is on PATH; null when nothing is.</summary>
    public static InstalledPwsh? Found => s_found.Value;

    /// <summary>Why the Pester suites cannot run; null when they can.</summary>
    public static string? WhyNoPester => Found switch
    {
        null => "pwsh is not on PATH",
        { Version: var version } when version < new Version(7, 6) => $"pwsh {version} is older than 7.6",
        { Pester: null } => "pwsh has no module Pester",
        { Pester: var version } when version < new Version(5, 0) => $"Pester {version} is older than 5.0",
        _ => null,
    };

    /// <summary>Why the scripts cannot be analyzed; null when they can.</summary>
    public static string? WhyNoScriptAnalyzer => Found switch
    {
        null => "pwsh is not on PATH",
        { ScriptAnalyzer: null } => "pwsh has no module PSScriptAnalyzer",
        _ => null,
    };

    /// <summary>Runs a script in a fresh <c>pwsh -NoProfile</c>.</summary>
    /// <param name="script">The script; it reads its input from environment variables.</param>
    /// <param name="timeout">After which it, and what it started, is killed.</param>
    /// <param name="environment">Variables to set for it.</param>
    /// <returns>Exit code (null after a timeout) and both streams, as they came.</returns>
    public (int? ExitCode, string Text) Run(string script, TimeSpan timeout, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Path, ["-NoProfile", "-NonInteractive", "-Command", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["NO_COLOR"] = "1";
        // What this process set for its own tests is not for the suites: each sets its own.
        foreach (string name in (string[])["NSTOOLS_RUNTIME", "NSTOOLS_RUNROOT", "NSTOOLS_ROOT"])
            start.Environment.Remove(name);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        var text = new StringBuilder();
        Task streams = Task.WhenAll(Append(process.StandardOutput, text), Append(process.StandardError, text));
        bool ended = process.WaitForExit(timeout);
        if (!ended)
            process.Kill(entireProcessTree: true);
        // Bounded, because a process that a test left behind may hold them open.
        streams.Wait(TimeSpan.FromSeconds(5));
        lock (text)
            return (ended ? process.ExitCode : null, text.ToString());
    }

    private static async Task Append(StreamReader stream, StringBuilder text)
    {
        while (await stream.ReadLineAsync() is { } line)
        {
            lock (text)
                text.AppendLine(line);
        }
    }

    private static InstalledPwsh? Find()
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => System.IO.Path.Combine(folder, "pwsh")).FirstOrDefault(File.Exists);
        if (path is null)
            return null;
        const string Script = """
            $newest = { param($name) (Get-Module -ListAvailable $name | Sort-Object Version -Descending)[0].Version }
            "versions=$($PSVersionTable.PSVersion.Major).$($PSVersionTable.PSVersion.Minor).$($PSVersionTable.PSVersion.Patch);$(& $newest Pester);$(& $newest PSScriptAnalyzer)"
            """;
        (_, string text) = new InstalledPwsh(path, new Version(), null, null).Run(Script, TimeSpan.FromMinutes(1));
        string[]? versions = text.Split('\n').FirstOrDefault(line => line.StartsWith("versions=", StringComparison.Ordinal))?["versions=".Length..].Trim().Split(';');
        return versions is null
            ? throw new InvalidOperationException($"'{path}' does not tell its version:{Environment.NewLine}{text}")
            : new InstalledPwsh(path, Version.Parse(versions[0]), Parse(versions[1]), Parse(versions[2]));

        static Version? Parse(string version) => version.Length == 0 ? null : Version.Parse(version);
    }
}
