namespace NsTools;

/// <summary>How an image's layers are compressed.</summary>
public enum LayerCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip.</summary>
    Gzip,

    /// <summary>Zstandard.</summary>
    Zstd,
}
