using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.FileSystems;

/// <summary>Whole files read by plain calls: .NET's take an advisory lock on what they open (<c>flock(2)</c>), which here means something.</summary>
public static unsafe class HostFile
{
    private const int FirstLength = 16 * 1024;

    /// <summary>Reads a file to its end, a pipe or a file of procfs too.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SyscallException">It cannot be opened or read.</exception>
    public static byte[] ReadAll(string path)
    {
        using SafeFileHandle file = Descriptor.Open(path, O_RDONLY);
        byte[] buffer = new byte[FirstLength];
        int length = 0;
        while (true)
        {
            if (length == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            long count;
            fixed (byte* data = buffer)
                count = read(Descriptor.Number(file), data + length, buffer.Length - length);
            if (count == 0)
                return buffer.AsSpan(0, length).ToArray();
            if (count > 0)
                length += (int)count;
            else if (errno != EINTR)
                throw SyscallException.FromLastError("read", path);
        }
    }
}
