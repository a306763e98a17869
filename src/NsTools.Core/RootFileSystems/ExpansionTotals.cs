namespace NsTools.RootFileSystems;

/// <summary>What an expansion has made so far, of one archive or of all layers of an image.</summary>
internal sealed class ExpansionTotals
{
    /// <summary>How many bytes the files may have together, holes counted; null for any number.</summary>
    public long? MaximumSize { get; set; }

    /// <summary>Bytes of all files, holes counted.</summary>
    public long Size { get; set; }

    /// <summary>Entries made.</summary>
    public long Entries { get; set; }

    /// <summary>Device nodes left out.</summary>
    public long DevicesSkipped { get; set; }

    /// <summary>Bytes read of the archives before the current one.</summary>
    public long BytesRead { get; set; }

    /// <summary>Bytes of all archives; 0 for those of the current one.</summary>
    public long Length { get; set; }

    /// <summary>When progress is to be told next.</summary>
    public long NextProgress { get; set; }
}
