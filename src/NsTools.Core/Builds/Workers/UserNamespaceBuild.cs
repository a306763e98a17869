using System.Collections;
using System.IO.Pipes;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NsTools.Hosts;
using NsTools.Images;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;

namespace NsTools.Builds.Workers;

/// <summary>
/// Builds for an ordinary user, in a user and mount namespace with the user's subordinate IDs (<c>buildah unshare</c>): only
/// there may one mount layers and give files away, and only a process of its own can be there, since this one has many
/// threads. The process is another pwsh, which is what is sure to be here and to run the module's code.
/// </summary>
internal static class UserNamespaceBuild
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Builds an image into the caller's store.</summary>
    /// <param name="request">What, and how.</param>
    /// <param name="cancellation">Ends it, and leaves no image.</param>
    /// <exception cref="NsToolsException">What is asked for is not possible there, or the build failed.</exception>
    public static BuildResult Run(BuildRequest request, CancellationToken cancellation)
    {
        SubordinateIds ids = SubordinateIds.OfCaller() ?? throw new NsToolsException(
            FailureKind.PermissionDenied,
            "SubordinateIdsMissing",
            $"{Environment.UserName} has no subordinate IDs, which the owners of an image's files become outside.",
            $"As root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {Environment.UserName}");
        Require(request);
        string order = WriteOrder(request);
        try
        {
            return Run(order, ids, request, cancellation);
        }
        finally
        {
            File.Delete(order);
        }
    }

    private static void Require(BuildRequest request)
    {
        if (request.Network.Mode is not (ContainerNetworkMode.Host or ContainerNetworkMode.None))
        {
            throw new NsToolsException(
                FailureKind.NotSupported, "BuildNetworkNotSupported", "An ordinary user's build has the host's network, or none.", "Give -Network host, or none.");
        }
        if (request.KeepsFailed)
        {
            throw new NsToolsException(
                FailureKind.NotSupported, "KeepFailedNotSupported", "The container of an ordinary user's build is in a namespace that ends with the build.", "Leave -KeepFailed out, or build as root.");
        }
        if (request.Memory is not null || request.Cpu is not null)
        {
            throw new NsToolsException(
                FailureKind.NotSupported, "BuildLimitNotSupported", "An ordinary user's build makes no cgroups, which the limits of a RUN are of.", "Leave -Memory and -Cpu out, or build as root.");
        }
    }

    private static string WriteOrder(BuildRequest request)
    {
        string directory = Path.Join(RuntimeDirectories.RunRoot, "builds");
        Directory.CreateDirectory(directory, (UnixFileMode)0b111_000_000);
        string path = Path.Join(directory, Guid.NewGuid().ToString("N"));
        using FileStream file = new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        JsonSerializer.Serialize(file, BuildOrder.From(request), BuildWorkerJson.Default.BuildOrder);
        return path;
    }

    private static BuildResult Run(string order, SubordinateIds ids, BuildRequest request, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using AnonymousPipeServerStream messages = new(PipeDirection.In, HandleInheritability.None);
        string errorPath = order + ".error";
        using FileStream error = new(errorPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite, 1, FileOptions.DeleteOnClose);
        using LaunchedProcess worker = Start(order, ids, messages, error);
        messages.DisposeLocalCopyOfClientHandle();
        BuildMessage? last = null;
        using (CancellationTokenRegistration stopping = cancellation.Register(() => worker.Kill(Signals.Terminate)))
        using (CancellationTokenSource late = new())
        using (cancellation.Register(() => late.CancelAfter(s_patience)))
        using (late.Token.Register(() => worker.Kill(Signals.Kill)))
        {
            using StreamReader reader = new(messages);
            while (reader.ReadLine() is { } line)
            {
                last = JsonSerializer.Deserialize(line, BuildWorkerJson.Default.BuildMessage);
                if (last!.ToEvent() is { } happened)
                    request.Observer?.Invoke(happened);
            }
            worker.Wait(Timeout.InfiniteTimeSpan, CancellationToken.None);
        }
        switch (last?.Kind)
        {
            case BuildMessageKind.Built:
                return new BuildResult(NewImage.Read(last.Image!, request.Tags, cancellation), last.Steps!);
            case BuildMessageKind.Failed:
                throw new NsToolsException(last.FailureKind, last.ErrorId!, last.Text!, last.Remedy);
            default:
                cancellation.ThrowIfCancellationRequested();
                throw new NsToolsException(
                    FailureKind.InvalidState,
                    "BuildWorkerFailed",
                    $"The process that builds in a user namespace has ended: {Said(error)}",
                    "Test-NsToolsHost tells whether this host has what that needs.");
        }
    }

    private static LaunchedProcess Start(string order, SubordinateIds ids, AnonymousPipeServerStream messages, FileStream error)
    {
        // The module's folder; this assembly lies in its lib folder.
        string module = Path.GetDirectoryName(Path.GetDirectoryName(typeof(UserNamespaceBuild).Assembly.Location)!)!;
        Dictionary<string, string> environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string)pair.Value!);
        // Root of the namespace works for its user.
        environment["NSTOOLS_ROOT"] = RuntimeDirectories.DataRoot;
        environment["NSTOOLS_RUNROOT"] = RuntimeDirectories.RunRoot;
        environment["NSTOOLS_BUILD_LOADER"] = Path.Join(module, "NsTools.Loader.dll");
        environment["NSTOOLS_BUILD_ORDER"] = order;
        using SafeFileHandle output = new(messages.ClientSafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        return new RuntimeLauncher(RuntimeExecutable.Path).Start(new LaunchRequest
        {
            Spec = new RuntimeSpec
            {
                Process = new ProcessSpec
                {
                    Args = [PowerShellExecutable.Path, "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", "$null = [Reflection.Assembly]::LoadFrom($env:NSTOOLS_BUILD_LOADER); exit [NsTools.Loader.BuildWorker]::Run($env:NSTOOLS_BUILD_ORDER)"],
                    Cwd = "/",
                    Env = [.. environment.Select(pair => $"{pair.Key}={pair.Value}")],
                },
                Linux = new LinuxSpec
                {
                    Namespaces = [new NamespaceSpec { Type = "user" }, new NamespaceSpec { Type = "mount" }],
                    UidMappings = ids.UidMappings,
                    GidMappings = ids.GidMappings,
                },
            },
            StandardOutput = output,
            StandardError = error.SafeFileHandle,
        });
    }

    private static string Said(FileStream error)
    {
        error.Position = 0;
        using StreamReader reader = new(error, leaveOpen: true);
        return DisplayText.Of(reader.ReadToEnd().Trim()) is { Length: > 0 } said ? said : "it said nothing.";
    }
}
