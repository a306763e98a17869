using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;
using Tmds.Linux;

namespace NsTools.Hosts.Probes;

/// <summary>Makes namespaces the way that New-Namespace does, for a process that ends at once.</summary>
internal static class NamespaceTrial
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Whether a trial as the calling user needs a user namespace around it.</summary>
    public static bool NeedsUserNamespace => LibC.geteuid() != 0;

    /// <summary>Makes a namespace; for an ordinary user inside a new user namespace.</summary>
    /// <param name="type">The kind.</param>
    /// <exception cref="SyscallException">A step failed.</exception>
    /// <exception cref="NsToolsException">There is no nsrun.</exception>
    public static void Run(NamespaceType type)
    {
        string runtime = RuntimeExecutable.Path;
        HashSet<NamespaceType> types = NeedsUserNamespace ? [type, NamespaceType.User] : [type];
        bool isMapped = types.Contains(NamespaceType.User);
        LaunchRequest request = new()
        {
            Spec = new RuntimeSpec
            {
                // Any program will do, and nsrun is one that is surely there.
                Process = new ProcessSpec { Args = [runtime, "--version"], Cwd = "/", Env = [] },
                Linux = new LinuxSpec
                {
                    Namespaces = [.. types.Select(t => new NamespaceSpec { Type = t.OciName() })],
                    UidMappings = isMapped ? [Map((uint)LibC.geteuid())] : null,
                    GidMappings = isMapped ? [Map((uint)LibC.getegid())] : null,
                },
            },
            Mode = LaunchMode.Attached,
        };
        using LaunchedProcess process = new RuntimeLauncher(runtime).Start(request);
        if (process.Wait(s_patience, CancellationToken.None) is null)
            process.Kill(LibC.SIGKILL);
    }

    private static IdMapping Map(uint hostId) => new() { ContainerId = 0, HostId = hostId, Size = 1 };
}
