using Microsoft.Win32.SafeHandles;
using NsTools.Hosts;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using Tmds.Linux;

namespace NsTools.RootFileSystems;

/// <summary>
/// Runs a command of <c>nsrun</c> in a user namespace that has an ordinary user's subordinate IDs: there it may do
/// with files of those IDs what root may.
/// </summary>
/// <param name="ids">The IDs.</param>
internal sealed class UserNamespaceTool(SubordinateIds ids)
{
    private const int Kill = 9;

    /// <summary>The tool for the calling user; null for root, who needs none, and for a user without subordinate IDs.</summary>
    public static UserNamespaceTool? ForCaller() =>
        LibC.geteuid() != 0 && SubordinateIds.OfCaller() is { } ids ? new UserNamespaceTool(ids) : null;

    /// <summary>Runs a command.</summary>
    /// <param name="directory">Its working directory.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">What it reads; null for nothing.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What it wrote on its standard output.</returns>
    /// <exception cref="NsToolsException">It failed (<c>UserNamespaceToolFailed</c>).</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public string Run(string directory, IReadOnlyList<string> arguments, FileStream? input, CancellationToken cancellation)
    {
        string runtime = RuntimeExecutable.Path;
        using FileStream output = TemporaryFile(), error = TemporaryFile();
        input?.Flush();
        input?.Seek(0, SeekOrigin.Begin);
        using LaunchedProcess process = new RuntimeLauncher(runtime).Start(new LaunchRequest
        {
            Spec = new RuntimeSpec
            {
                Process = new ProcessSpec { Args = [runtime, .. arguments], Cwd = directory, Env = RuntimeExecutable.OwnEnvironment },
                Linux = new LinuxSpec
                {
                    Namespaces = [new NamespaceSpec { Type = "user" }],
                    UidMappings = ids.UidMappings,
                    GidMappings = ids.GidMappings,
                },
            },
            StandardInput = input?.SafeFileHandle,
            StandardOutput = output.SafeFileHandle,
            StandardError = error.SafeFileHandle,
        });
        ProcessExit? exit;
        try
        {
            exit = process.Wait(Timeout.InfiniteTimeSpan, cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(Kill);
            process.Wait(Timeout.InfiniteTimeSpan, CancellationToken.None);
            throw;
        }
        if (exit is { ExitCode: 0 })
            return Read(output.SafeFileHandle);
        string said = Read(error.SafeFileHandle).Trim();
        throw new NsToolsException(
            FailureKind.PermissionDenied,
            "UserNamespaceToolFailed",
            $"'nsrun {string.Join(' ', arguments)}' in a user namespace, in '{directory}', failed: {(said.Length > 0 ? said : $"exit code {exit?.ExitCode}")}",
            "Test-NsToolsHost tells whether this host has what that needs; your ranges are in /etc/subuid and /etc/subgid.");
    }

    private static FileStream TemporaryFile() => new(
        Path.Join(Path.GetTempPath(), $"nstools-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite, 1, FileOptions.DeleteOnClose);

    private static string Read(SafeFileHandle file)
    {
        byte[] content = new byte[RandomAccess.GetLength(file)];
        return System.Text.Encoding.UTF8.GetString(content, 0, RandomAccess.Read(file, content, 0));
    }
}
