using Microsoft.Win32.SafeHandles;
using NsTools.RootFileSystems.Archives;

namespace NsTools.Images.Archives;

/// <summary>A part of a file. Several may be read at once: none has a position that another moves.</summary>
/// <param name="file">The file; not owned.</param>
/// <param name="offset">Where the part begins.</param>
/// <param name="length">Its length in bytes.</param>
internal sealed class FileRegionStream(SafeFileHandle file, long offset, long length) : ForwardStream
{
    private long _position;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int read = RandomAccess.Read(file, buffer[..(int)Math.Min(buffer.Length, length - _position)], offset + _position);
        _position += read;
        return read;
    }
}
