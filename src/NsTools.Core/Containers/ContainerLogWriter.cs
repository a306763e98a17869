using System.Globalization;
using System.Text;

namespace NsTools.Containers;

/// <summary>
/// Keeps what an attached container writes, in the form that <c>nsrun supervise</c> has for those in the background:
/// <c>TIME STREAM F|P TEXT</c> a line, as in Kubernetes' container runtime interface.
/// </summary>
/// <param name="path">The log.</param>
/// <param name="mostBytes">At this size it is begun anew; the last one is kept as <c>FILE.1</c>.</param>
internal sealed class ContainerLogWriter(string path, long mostBytes) : IDisposable
{
    private const int PartLength = 8 * 1024;

    private readonly MemoryStream _entry = new();
    private FileStream? _file;

    /// <summary>Takes what was written. A full disk loses lines of the log; the container shall not stand still for it.</summary>
    /// <param name="isError">True for standard error.</param>
    /// <param name="bytes">What.</param>
    public void Write(bool isError, ReadOnlySpan<byte> bytes)
    {
        _entry.SetLength(0);
        while (!bytes.IsEmpty)
        {
            int end = bytes[..Math.Min(PartLength, bytes.Length)].IndexOf((byte)'\n');
            int length = end >= 0 ? end : Math.Min(PartLength, bytes.Length);
            _entry.Write(Encoding.ASCII.GetBytes(DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffffff00'Z'", CultureInfo.InvariantCulture)));
            _entry.Write(isError ? " stderr "u8 : " stdout "u8);
            _entry.Write(end >= 0 ? "F "u8 : "P "u8);
            _entry.Write(bytes[..length]);
            _entry.WriteByte((byte)'\n');
            bytes = bytes[(end >= 0 ? end + 1 : length)..];
        }
        try
        {
            _file ??= Open();
            if (_file.Length > 0 && _file.Length + _entry.Length > mostBytes)
            {
                _file.Dispose();
                File.Move(path, path + ".1", overwrite: true);
                _file = Open();
            }
            _file.Write(_entry.GetBuffer(), 0, (int)_entry.Length);
        }
        catch (IOException)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _entry.Dispose();
    }

    private FileStream Open() => new(path, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });
}
