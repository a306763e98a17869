using NsTools.Namespaces;

namespace NsTools.Mounts;

/// <summary>What <see cref="FileSystemMounter"/> mounts, where and how.</summary>
public sealed record MountRequest
{
    /// <summary>Type of the file system; null for a bind mount.</summary>
    public string? Type { get; init; }

    /// <summary>
    /// What is mounted: an absolute path of the caller's own mount namespace for a bind mount; a device or name otherwise,
    /// where null is the type's name.
    /// </summary>
    public string? Source { get; init; }

    /// <summary>Where, an absolute path; inside <see cref="Root"/> and <see cref="Namespace"/>.</summary>
    public required string Target { get; init; }

    /// <summary>A bind mount takes along what is mounted below its source.</summary>
    public bool IsRecursive { get; init; }

    /// <summary>Nothing can be written through the mount (and, recursive, through those below it).</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Directories of an overlay; null for other types, and where the options name them.</summary>
    public OverlayDirectories? Overlay { get; init; }

    /// <summary>Options as in <c>mount(8)</c>; an element may hold several with commas between them.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>How events propagate; null for the kernel's default: as the source's, or shared below a shared mount.</summary>
    public MountPropagation? Propagation { get; init; }

    /// <summary>The mount namespace to mount in; null for the caller's own.</summary>
    public NamespaceReference? Namespace { get; init; }

    /// <summary>A directory that <see cref="Target"/> is inside of and never leaves; null for the root directory.</summary>
    public string? Root { get; init; }

    /// <summary>Make a missing target, and the directories on the way to it. A bind mount does that always.</summary>
    public bool CreatesTarget { get; init; }

    /// <summary>What a target is called in messages: the path that it would have without <see cref="Root"/>.</summary>
    public string TargetName => MountPaths.Display(Root, Target);
}

/// <summary>What <see cref="FileSystemUnmounter"/> unmounts, and how.</summary>
public sealed record DismountRequest
{
    /// <summary>Where it is mounted, an absolute path; inside <see cref="Root"/> and <see cref="Namespace"/>.</summary>
    public required string Target { get; init; }

    /// <summary>The mount that must be there; null for whichever is.</summary>
    public int? Id { get; init; }

    /// <summary>Also what is mounted below it.</summary>
    public bool IsRecursive { get; init; }

    /// <summary>Out of sight now, with all below it; released when nothing uses it any more (<c>MNT_DETACH</c>).</summary>
    public bool IsLazy { get; init; }

    /// <summary>Also when a server does not answer, where the file system can do that (<c>MNT_FORCE</c>).</summary>
    public bool IsForced { get; init; }

    /// <summary>The mount namespace to unmount in; null for the caller's own.</summary>
    public NamespaceReference? Namespace { get; init; }

    /// <summary>A directory that <see cref="Target"/> is inside of and never leaves; null for the root directory.</summary>
    public string? Root { get; init; }

    /// <summary>What a target is called in messages: the path that it would have without <see cref="Root"/>.</summary>
    public string TargetName => MountPaths.Display(Root, Target);
}
