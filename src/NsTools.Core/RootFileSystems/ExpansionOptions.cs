namespace NsTools.RootFileSystems;

/// <summary>How an archive is to be expanded.</summary>
public sealed record ExpansionOptions
{
    /// <summary>
    /// How many bytes the files may have together, holes of sparse files counted; null for any number. More ends the
    /// expansion before they are written.
    /// </summary>
    public long? MaximumSize { get; init; }

    /// <summary>True leaves device nodes out instead of failing on them.</summary>
    public bool SkipsDevices { get; init; }

    /// <summary>Called now and then, on the calling thread.</summary>
    public Action<ExpansionProgress>? Progress { get; init; }

    /// <summary>Called for what could not be kept but does not stop the expansion, on the calling thread.</summary>
    public Action<string>? Warning { get; init; }
}

/// <summary>How far an expansion has come.</summary>
/// <param name="ArchiveBytesRead">Bytes of the archive file read.</param>
/// <param name="ArchiveLength">Its length in bytes; 0 where unknown.</param>
/// <param name="Entries">Entries made.</param>
/// <param name="Size">Bytes of their files.</param>
/// <param name="Current">Name of the entry being made.</param>
public readonly record struct ExpansionProgress(long ArchiveBytesRead, long ArchiveLength, long Entries, long Size, string Current);
