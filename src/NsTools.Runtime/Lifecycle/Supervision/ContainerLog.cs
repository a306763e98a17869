using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// A log in the form of Kubernetes' container runtime interface, which podman calls <c>k8s-file</c>: each line is
/// <c>TIME STREAM TAG TEXT</c>, the tag <c>F</c> for a full line and <c>P</c> for a part of one that goes on. One that has
/// become too large is begun anew; the older ones are <c>FILE.1</c>, <c>FILE.2</c> and so on.
/// </summary>
internal sealed unsafe class ContainerLog : IDisposable
{
    /// <summary>The longest piece that <see cref="Write"/> takes.</summary>
    public const int PieceLength = 8 * 1024;

    /// <summary>How large it becomes when nothing is said.</summary>
    public const int UsualSize = 16 * 1024 * 1024;

    private const int Mode = 0b110_000_000;

    private readonly string _path;
    private readonly long _mostBytes;
    private readonly int _older;
    private readonly byte[] _line = new byte[PieceLength + 64];
    private SafeFileHandle? _file;
    private long _length;

    /// <summary>Opens it, to write at its end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">How large it may become, in bytes, and how many older ones are kept.</param>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public ContainerLog(string path, (long Size, int Count) limit)
    {
        _path = path;
        (_mostBytes, _older) = limit;
        _file = Open();
        _length = RandomAccess.GetLength(_file);
    }

    /// <summary>Writes what was read from a stream.</summary>
    /// <param name="isError">True for standard error.</param>
    /// <param name="bytes">What was read, <see cref="PieceLength"/> at most.</param>
    public void Write(bool isError, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? bytes : bytes[..end];
            WriteLine(isError, isWhole: end >= 0, line);
            bytes = end < 0 ? default : bytes[(end + 1)..];
        }
    }

    public void Dispose() => _file?.Dispose();

    // One write(2): on a file that is open for appending nobody's line comes between.
    private void WriteLine(bool isError, bool isWhole, ReadOnlySpan<byte> text)
    {
        _ = DateTime.UtcNow.TryFormat(_line, out int length, "yyyy-MM-ddTHH:mm:ss.fffffff00'Z'", CultureInfo.InvariantCulture);
        length += Put(length, isError ? " stderr "u8 : " stdout "u8);
        length += Put(length, isWhole ? "F "u8 : "P "u8);
        length += Put(length, text);
        length += Put(length, "\n"u8);
        if (_length > 0 && _length + length > _mostBytes)
            BeginAnew();
        if (_file is null)
            return;
        fixed (byte* line = _line)
        {
            // A full disk loses lines, not the container.
            long written = write(Descriptor.Number(_file), line, length);
            _length += Math.Max(0, written);
        }
    }

    // Each takes the place of the next older one; the oldest is gone. Whoever reads sees a file of another number.
    private void BeginAnew()
    {
        _file?.Dispose();
        _file = null;
        try
        {
            if (_older == 0)
                File.Delete(_path);
            for (int number = _older - 1; number >= 0 && _older > 0; number--)
            {
                string file = number == 0 ? _path : $"{_path}.{number}";
                if (File.Exists(file))
                    File.Move(file, $"{_path}.{number + 1}", overwrite: true);
            }
            _file = Open();
            _length = 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SyscallException)
        {
            // Tried again with the next line: what was to be in between is lost, the container goes on.
        }
    }

    private SafeFileHandle Open()
    {
        fixed (byte* name = PathBytes.Of(_path))
        {
            int descriptor = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, Mode);
            return descriptor < 0 ? throw SyscallException.FromLastError("open", _path, "the container's log") : new SafeFileHandle(descriptor, ownsHandle: true);
        }
    }

    private int Put(int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_line.AsSpan(at));
        return bytes.Length;
    }
}
