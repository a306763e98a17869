using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Processes;

namespace NsTools.Interop.Oci.State;

/// <summary>What is kept of a container in <c>state.json</c>. Whether it runs is not: the kernel knows that.</summary>
public sealed record ContainerRecord
{
    /// <summary>Version of the specification that the config is of.</summary>
    public required string OciVersion { get; init; }

    /// <summary>The container's ID.</summary>
    public required string Id { get; init; }

    /// <summary>The bundle's directory.</summary>
    public required string Bundle { get; init; }

    /// <summary>The root file system's directory; null for a container without one.</summary>
    public string? Root { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>ID of the user who has created it.</summary>
    public required uint Owner { get; init; }

    /// <summary>True when that was not root on the host.</summary>
    public bool IsRootless { get; init; }

    /// <summary>True when its root was entered without pivot_root(2).</summary>
    public bool NoPivot { get; init; }

    /// <summary>True when it has a session keyring of its own.</summary>
    public bool HasKeyring { get; init; }

    /// <summary>Its first process; null while there is none yet.</summary>
    public ProcessIdentity? Process { get; init; }

    /// <summary>Its cgroup; null for none yet.</summary>
    public CgroupRecord? Cgroup { get; init; }

    /// <summary>The config's annotations.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}
