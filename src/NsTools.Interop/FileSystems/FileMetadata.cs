namespace NsTools.Interop.FileSystems;

/// <summary>What an inode says of a file besides its content (<c>inode(7)</c>).</summary>
public readonly record struct FileMetadata
{
    /// <summary>Owner's user ID.</summary>
    public required uint UserId { get; init; }

    /// <summary>Owning group's ID.</summary>
    public required uint GroupId { get; init; }

    /// <summary>Permission bits with set-user-ID, set-group-ID and sticky: 0 to 07777.</summary>
    public required ushort Mode { get; init; }

    /// <summary>Last modification, whole seconds since 1970, negative before.</summary>
    public required long ModifiedSeconds { get; init; }

    /// <summary>Last modification, nanoseconds to add: 0 to 999,999,999.</summary>
    public required int ModifiedNanoseconds { get; init; }

    /// <summary>Extended attributes (<c>xattr(7)</c>).</summary>
    public IReadOnlyList<FileAttribute> Attributes { get; init; }
}

/// <summary>One extended attribute (<c>xattr(7)</c>).</summary>
/// <param name="TerminatedName">Name with its namespace, such as <c>security.capability</c>, ended by a NUL.</param>
/// <param name="Value">The value.</param>
public readonly record struct FileAttribute(byte[] TerminatedName, byte[] Value)
{
    /// <inheritdoc/>
    public override string ToString() => System.Text.Encoding.UTF8.GetString(TerminatedName.AsSpan(0, TerminatedName.Length - 1));
}
