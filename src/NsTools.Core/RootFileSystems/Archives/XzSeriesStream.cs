using SharpCompress.Compressors.Xz;

namespace NsTools.RootFileSystems.Archives;

/// <summary>
/// The content of all xz streams in a file, one after the other with padding between them (The .xz File Format, 2);
/// SharpCompress reads one.
/// </summary>
/// <param name="compressed">The file.</param>
internal sealed class XzSeriesStream(MeteredStream compressed) : ForwardStream
{
    private XZStream _current = new(compressed);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        while (true)
        {
            int read = _current.Read(buffer, offset, count);
            if (read > 0 || count == 0)
                return read;
            while (compressed.Peek() == 0)
                compressed.ReadByte();
            if (compressed.Peek() < 0)
                return 0;
            _current = new XZStream(compressed);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _current.Dispose();
        base.Dispose(disposing);
    }
}
