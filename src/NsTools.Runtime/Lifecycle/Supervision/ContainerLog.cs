using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// A log in the form of Kubernetes' container runtime interface, which podman calls <c>k8s-file</c>: each line is
/// <c>TIME STREAM TAG TEXT</c>, the tag <c>F</c> for a full line and <c>P</c> for a part of one that goes on.
/// </summary>
internal sealed unsafe class ContainerLog : IDisposable
{
    private const int Mode = 0b110_000_000;

    /// <summary>The longest piece that <see cref="Write"/> takes.</summary>
    public const int PieceLength = 8 * 1024;

    private readonly SafeFileHandle _file;
    private readonly byte[] _line = new byte[PieceLength + 64];

    /// <summary>Opens it, to write at its end.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public ContainerLog(string path)
    {
        fixed (byte* name = PathBytes.Of(path))
        {
            int descriptor = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, Mode);
            _file = descriptor < 0 ? throw SyscallException.FromLastError("open", path, "the container's log") : new SafeFileHandle(descriptor, ownsHandle: true);
        }
    }

    /// <summary>Takes over one that is open.</summary>
    /// <param name="descriptor">Its descriptor.</param>
    public ContainerLog(int descriptor) => _file = new SafeFileHandle(descriptor, ownsHandle: true);

    /// <summary>Its descriptor.</summary>
    public int Number => Descriptor.Number(_file);

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

    public void Dispose() => _file.Dispose();

    // One write(2): on a file that is open for appending nobody's line comes between.
    private void WriteLine(bool isError, bool isWhole, ReadOnlySpan<byte> text)
    {
        _ = DateTime.UtcNow.TryFormat(_line, out int length, "yyyy-MM-ddTHH:mm:ss.fffffff00'Z'", CultureInfo.InvariantCulture);
        length += Put(length, isError ? " stderr "u8 : " stdout "u8);
        length += Put(length, isWhole ? "F "u8 : "P "u8);
        length += Put(length, text);
        length += Put(length, "\n"u8);
        fixed (byte* line = _line)
        {
            // A full disk loses lines, not the container.
            _ = write(Number, line, length);
        }
    }

    private int Put(int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_line.AsSpan(at));
        return bytes.Length;
    }
}
