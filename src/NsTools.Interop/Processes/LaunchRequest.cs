using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;

namespace NsTools.Interop.Processes;

/// <summary>What <see cref="RuntimeLauncher"/> gives to <c>nsrun</c>: an OCI config and the descriptors that go with it.</summary>
public sealed class LaunchRequest
{
    /// <summary>
    /// The OCI runtime config. Namespace paths may name an entry of <see cref="Descriptors"/> with
    /// <see cref="DescriptorPath"/>, so that a namespace cannot change its meaning between look-up and use.
    /// With a new mount namespace <c>root.path</c> is entered with <c>pivot_root(2)</c>; without one with
    /// <c>chroot(2)</c>, looked up where the caller is, as <c>nsenter --root</c> does: pivoting in a joined one would
    /// take the root away from everybody in there. A null root keeps the joined mount namespace's (or the caller's) own.
    /// </summary>
    public required RuntimeSpec Spec { get; init; }

    /// <summary>How the process relates to its launcher.</summary>
    public LaunchMode Mode { get; init; }

    /// <summary>Standard input; null is <c>/dev/null</c>. Used with <see cref="LaunchMode.Attached"/> only.</summary>
    public SafeFileHandle? StandardInput { get; init; }

    /// <summary>Standard output; null is <c>/dev/null</c>. Used with <see cref="LaunchMode.Attached"/> only.</summary>
    public SafeFileHandle? StandardOutput { get; init; }

    /// <summary>Standard error; null is <c>/dev/null</c>. Used with <see cref="LaunchMode.Attached"/> only.</summary>
    public SafeFileHandle? StandardError { get; init; }

    /// <summary>Descriptors that <c>nsrun</c> inherits (never the process that it starts), for namespace paths.</summary>
    public IReadOnlyList<SafeFileHandle> Descriptors { get; init; } = [];

    /// <summary>The path under which <c>nsrun</c> finds <c>Descriptors[index]</c>.</summary>
    /// <param name="index">Index into <see cref="Descriptors"/>.</param>
    public static string DescriptorPath(int index) => $"/proc/self/fd/{FirstDescriptor + index}";

    /// <summary>
    /// The annotation that names, separated by spaces, descriptor paths of the cgroup directories in which the process
    /// starts, one of each hierarchy. On v2 it is cloned into it (<c>CLONE_INTO_CGROUP</c>); into a v1 cgroup it is
    /// put while it waits, before it executes anything.
    /// </summary>
    public const string CgroupAnnotation = "io.nstools.cgroup";

    /// <summary>Number of the first inherited descriptor: below it are standard streams, config and report.</summary>
    internal const int FirstDescriptor = 10;
}

/// <summary>How a launched process relates to its launcher.</summary>
public enum LaunchMode
{
    /// <summary>Runs <c>process.args</c> on the given streams; killed when the launcher dies.</summary>
    Attached,

    /// <summary>
    /// Runs <c>process.args</c> on a pseudo-terminal made inside the container and relayed to the launcher's own
    /// terminal, which is restored afterwards; killed when the launcher dies.
    /// </summary>
    Terminal,

    /// <summary>
    /// Runs no program: <c>nsrun</c> itself stays as the holder of the namespaces (PID 1 of a new PID namespace):
    /// reaps, exits on SIGTERM, and outlives the launcher once <see cref="LaunchedProcess.Release"/> was called.
    /// </summary>
    Holder,
}
