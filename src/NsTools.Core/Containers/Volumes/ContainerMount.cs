namespace NsTools;

/// <summary>What is mounted in a container beside its root.</summary>
public enum ContainerMountType
{
    /// <summary>A directory or file of the host.</summary>
    Bind,

    /// <summary>A volume: a directory that NsTools keeps, under a name.</summary>
    Volume,

    /// <summary>An empty file system in memory.</summary>
    TmpFs,
}

/// <summary>Something that is mounted in a container: <c>--mount</c>, <c>--volume</c> and <c>--tmpfs</c> of Podman.</summary>
public sealed record ContainerMount
{
    /// <summary>What it is.</summary>
    public required ContainerMountType Type { get; init; }

    /// <summary>The absolute path on the host, or the volume's name; null for memory, and for a volume that is yet to be made.</summary>
    public string? Source { get; init; }

    /// <summary>Its absolute path inside.</summary>
    public required string Destination { get; init; }

    /// <summary>True when it cannot be written inside.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>True for a volume without a name of anybody's choice, which goes with its container.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>Further options, as <c>mount(8)</c> has them: <c>noexec</c>, <c>rslave</c>, <c>size=10m</c>.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>False leaves an empty volume empty, where otherwise it gets what the image has in its place.</summary>
    public bool CopiesUp { get; init; } = true;

    /// <summary>True gives all that is in it to the container's user (<c>U</c>).</summary>
    public bool ChangesOwner { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{(Type == ContainerMountType.TmpFs ? "tmpfs" : Source)}:{Destination}";
}
