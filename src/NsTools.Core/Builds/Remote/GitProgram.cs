using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Text;

namespace NsTools.Builds.Remote;

/// <summary>Runs <c>git</c> for one repository: without prompts, without the host's and the user's configuration, and without secrets in its arguments.</summary>
/// <param name="address">The repository.</param>
/// <param name="directory">Where it runs.</param>
/// <param name="cancellation">Ends it, and what it started.</param>
internal sealed class GitProgram(GitAddress address, string directory, CancellationToken cancellation)
{
    // What a calling shell may have set for another repository (git(1), "Environment Variables").
    private static readonly string[] s_removed = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES", "GIT_TEMPLATE_DIR", "GIT_CONFIG_PARAMETERS"];

    /// <summary>Runs a command.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it wrote.</returns>
    /// <exception cref="NsToolsException">There is no git (<c>GitNotFound</c>), or it failed (<c>GitFailed</c>).</exception>
    public string Run(params IReadOnlyList<string> arguments)
    {
        (int code, string output, string errors) = Start(arguments);
        return code == 0 ? output : throw new NsToolsException(
            FailureKind.Connection,
            "GitFailed",
            $"{address.Name}: git {arguments[0]} ended with {code}{(errors.Length > 0 ? $" ({errors})" : "")}.",
            "Check address, reference and access: git asks nobody for a password here.");
    }

    /// <summary>Runs a command that may fail.</summary>
    /// <param name="arguments">Its arguments.</param>
    public bool TryRun(params IReadOnlyList<string> arguments) => Start(arguments).Code == 0;

    private (int Code, string Output, string Errors) Start(IReadOnlyList<string> arguments)
    {
        cancellation.ThrowIfCancellationRequested();
        using Process process = new() { StartInfo = StartInfo(arguments) };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            throw new NsToolsException(
                FailureKind.NotFound, "GitNotFound", $"{address.Name}: git cannot be started: {exception.Message.TrimEnd('.')}.", "Install git: Git repositories are brought by it.", exception);
        }
        using CancellationTokenRegistration killing = cancellation.Register(() => Kill(process));
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None), errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return (process.ExitCode, output.GetAwaiter().GetResult(), Shown(errors.GetAwaiter().GetResult()));
    }

    private ProcessStartInfo StartInfo(IReadOnlyList<string> arguments)
    {
        ProcessStartInfo info = new("git", arguments) { WorkingDirectory = directory, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in s_removed)
            info.Environment.Remove(name);
        info.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        info.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        info.Environment["GIT_TERMINAL_PROMPT"] = "0";
        info.Environment["GIT_ASKPASS"] = "";
        info.Environment.TryAdd("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        // A submodule's address is a stranger's word too: no file of this machine, and no program as a transport.
        info.Environment["GIT_ALLOW_PROTOCOL"] = "http:https:git:ssh";
        info.Environment["GIT_HTTP_LOW_SPEED_LIMIT"] = "1";
        info.Environment["GIT_HTTP_LOW_SPEED_TIME"] = "30";
        info.Environment["LC_ALL"] = "C";
        info.Environment["GIT_CONFIG_COUNT"] = "0";
        if (address.Credential is { } credential)
            AddCredential(info.Environment, credential);
        return info;
    }

    // For this repository's address alone, and where no other process reads it.
    private void AddCredential(IDictionary<string, string?> environment, NetworkCredential credential)
    {
        environment["GIT_CONFIG_COUNT"] = "2";
        environment["GIT_CONFIG_KEY_0"] = $"http.{address.Repository}.extraHeader";
        environment["GIT_CONFIG_VALUE_0"] = $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Password}"))}";
        // Another server that it points to would be told them, too.
        environment["GIT_CONFIG_KEY_1"] = "http.followRedirects";
        environment["GIT_CONFIG_VALUE_1"] = "false";
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            // It has ended meanwhile.
        }
    }

    // The last thing that it says is the reason.
    private static string Shown(string errors)
    {
        string[] lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string line = Array.FindLast(lines, text => text.StartsWith("fatal:", StringComparison.Ordinal)) ?? (lines.Length > 0 ? lines[^1] : "");
        return Images.DisplayText.Of(line.TrimEnd('.'));
    }
}
