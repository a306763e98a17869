namespace NsTools.RootFileSystems.Archives;

/// <summary>Sees an archive's decompressed content pass, on the thread that reads it.</summary>
internal interface IContentObserver
{
    /// <summary>Sees the next part.</summary>
    /// <param name="part">It.</param>
    /// <exception cref="NsToolsException">The content is not to be used: what reads it fails with this.</exception>
    void Take(ReadOnlySpan<byte> part);

    /// <summary>All has passed.</summary>
    /// <exception cref="NsToolsException">It is not what it had to be.</exception>
    void End();
}
