namespace NsTools;

/// <summary>What has happened to a file between two images.</summary>
public enum ImageChangeType
{
    /// <summary>Only the second has it.</summary>
    Added,

    /// <summary>Both have it, and not the same.</summary>
    Changed,

    /// <summary>Only the first has it.</summary>
    Deleted,
}

/// <summary>What a file of an image is.</summary>
public enum ImageFileKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A named pipe.</summary>
    Fifo,
}

/// <summary>In what a file differs.</summary>
[Flags]
public enum ImageFileProperties
{
    /// <summary>In nothing.</summary>
    None = 0,

    /// <summary>It is something else.</summary>
    Kind = 1,

    /// <summary>Its content, the target of a link, or the number of a device.</summary>
    Content = 2,

    /// <summary>Its permissions.</summary>
    Mode = 4,

    /// <summary>Its user or group.</summary>
    Owner = 8,

    /// <summary>Its extended attributes.</summary>
    Attributes = 16,

    /// <summary>When it was modified.</summary>
    Time = 32,
}

/// <summary>One file that is not the same in two images.</summary>
public sealed record ImageChange
{
    /// <summary>Its path in the image, from <c>/</c>.</summary>
    public required string Path { get; init; }

    /// <summary>What has happened to it.</summary>
    public required ImageChangeType Change { get; init; }

    /// <summary>What it is; of a deleted one, what it was.</summary>
    public required ImageFileKind Kind { get; init; }

    /// <summary>In what it differs, of a changed one.</summary>
    public ImageFileProperties Properties { get; init; }

    /// <summary>Its size in bytes; null for a deleted one.</summary>
    public long? Size { get; init; }

    /// <summary>The size that it had; null for an added one.</summary>
    public long? PreviousSize { get; init; }

    /// <summary>Its permissions, in octal digits as <c>chmod(1)</c> takes them.</summary>
    public required string Mode { get; init; }

    /// <summary>Its owner's user ID.</summary>
    public required long UserId { get; init; }

    /// <summary>Its group's ID.</summary>
    public required long GroupId { get; init; }

    /// <summary>What a symbolic link says; null for anything else.</summary>
    public string? LinkTarget { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Change} {Path}";
}
