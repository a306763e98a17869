using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;

namespace NsTools.Runtime.Lifecycle;

/// <summary>What <see cref="ContainerStart"/> is to start.</summary>
internal sealed record StartRequest
{
    /// <summary>The config.</summary>
    public required RuntimeSpec Spec { get; init; }

    /// <summary>A descriptor of its JSON, from which the inner stage reads it.</summary>
    public required int Config { get; init; }

    /// <summary>How.</summary>
    public required LaunchMode Mode { get; init; }

    /// <summary>The cgroups it starts in.</summary>
    public required CgroupEntry Cgroups { get; init; }

    /// <summary>What the inner stage is told beside the config.</summary>
    public StageOptions Options { get; init; } = new();

    /// <summary>Socket to which the pseudo-terminal's master is sent; null for none.</summary>
    public SafeFileHandle? Terminal { get; init; }

    /// <summary>Socket on which the inner stage waits for <c>nsrun start</c>; null for one that goes on by itself.</summary>
    public SafeFileHandle? StartSocket { get; init; }

    /// <summary>What interrupts the start; null for nothing.</summary>
    public Interruption? Interruption { get; init; }

    /// <summary>Is told the process ID of the inner stage before that goes on; null for nobody.</summary>
    public Action<int>? Started { get; init; }

    /// <summary>
    /// Runs the hooks of the runtime's namespaces; its argument is the process ID of the inner stage, its results the
    /// container's state for the hooks that run there: while it is created, and when it is started.
    /// </summary>
    public Func<int, (byte[] Creating, byte[] Created)>? RuntimeHooks { get; init; }

    /// <summary>The container's state as JSON (runtime.md, "State"), for the agent of <c>linux.seccomp</c>; its argument is the process ID.</summary>
    public Func<int, byte[]>? State { get; init; }

    /// <summary>The directory in which compiled system call filters are kept (<see cref="Interop.Seccomp.FilterCache"/>); null for none.</summary>
    public string? FilterCache { get; init; }

    /// <summary>Takes a warning for the log.</summary>
    public Action<string>? Warn { get; init; }
}
