using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.FileSystems;

/// <summary>The names in a directory, as bytes: a file name has no encoding (<c>path_resolution(7)</c>).</summary>
public static class DirectoryListing
{
    private const int BufferSize = 32 * 1024;

    /// <summary>Reads the names in a directory, without <c>.</c> and <c>..</c>, in the file system's order.</summary>
    /// <param name="directory">The directory; may be an <c>O_PATH</c> descriptor, it is opened again for reading.</param>
    /// <returns>The names, each ended by a NUL.</returns>
    /// <exception cref="SyscallException">It cannot be opened or read.</exception>
    public static unsafe List<byte[]> Read(SafeFileHandle directory)
    {
        using SafeFileHandle readable = Descriptor.OpenAt(directory, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        List<byte[]> names = [];
        byte* buffer = (byte*)NativeMemory.Alloc(BufferSize);
        try
        {
            while (true)
            {
                long length = (ssize_t)syscall(SyscallNumber.GetDents64, Descriptor.Number(readable), buffer, (size_t)BufferSize);
                if (length < 0)
                    throw SyscallException.FromLastError("getdents64");
                if (length == 0)
                    return names;
                // linux_dirent64: ino, off, reclen, type, name (getdents(2)).
                for (long at = 0; at < length; at += *(ushort*)(buffer + at + 16))
                {
                    ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + at + 19);
                    if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                        names.Add([.. name, 0]);
                }
            }
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }
}
