namespace NsTools;

/// <summary>One namespace of the kernel, as it was when it was looked at.</summary>
public sealed record LinuxNamespace
{
    /// <summary>What it isolates.</summary>
    public required NamespaceType Type { get; init; }

    /// <summary>Its identity: the inode number in nsfs, the number in <c>pid:[4026531836]</c>.</summary>
    public required long Id { get; init; }

    /// <summary>
    /// A path that opens it: <c>/proc/PID/ns/TYPE</c>, the file on which it is bind-mounted, or the <c>/proc/PID/fd/N</c>
    /// that holds it; null when only a child or an owned namespace leads to it (<c>ioctl_ns(2)</c>).
    /// </summary>
    public required string? Path { get; init; }

    /// <summary>The name of the <see cref="NamespaceSet"/> that it belongs to, or its name under <c>/run/netns</c>; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>The lowest process ID in it; null when no process is.</summary>
    public int? ProcessId { get; init; }

    /// <summary>How many visible processes are in it.</summary>
    public int ProcessCount { get; init; }

    /// <summary>Command line of <see cref="ProcessId"/>; null when no process is in it.</summary>
    public string? Command { get; init; }

    /// <summary>User ID of its owner: of <see cref="ProcessId"/>, or of the user namespace's creator where no process is in it.</summary>
    public long? OwnerUserId { get; init; }

    /// <summary>Identity of the parent, for PID and user namespaces that have a visible one; otherwise null.</summary>
    public long? ParentId { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name is null ? $"{Type}:[{Id}]" : $"{Type}:[{Id}] ({Name})";
}
