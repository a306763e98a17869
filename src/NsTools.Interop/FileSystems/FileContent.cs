using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.FileSystems;

/// <summary>Writing a file's content.</summary>
public static class FileContent
{
    private const int Interrupted = 4;

    // The page cache takes memory in pieces as large as one write. Small ones come from what this CPU has just had in
    // use (PAGE_ALLOC_COSTLY_ORDER, mm/page_alloc.c); for large ones the kernel breaks up memory that was never
    // touched, which a virtual machine's host has to provide first: a gigabyte cost 1.2 s of CPU at 1 MiB a write and
    // 0.3 s at 16 KiB, where the calls themselves are 0.03 s.
    private const int PieceSize = 16 * 1024;

    /// <summary>Writes all of it at a place in the file (<c>pwrite(2)</c>).</summary>
    /// <param name="file">The file.</param>
    /// <param name="content">What to write.</param>
    /// <param name="offset">Where, in bytes from the file's start.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <exception cref="SyscallException"><c>ENOSPC</c>, <c>EIO</c>, …</exception>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> content, long offset, RelativePath path)
    {
        if (!TryWrite(file, content, offset))
            throw SyscallException.FromLastError("pwrite", path.ToString());
    }

    /// <summary>The same.</summary>
    /// <param name="file">The file.</param>
    /// <param name="content">What to write.</param>
    /// <param name="offset">Where, in bytes from the file's start.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <exception cref="SyscallException"><c>ENOSPC</c>, <c>EIO</c>, …</exception>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> content, long offset, string path)
    {
        if (!TryWrite(file, content, offset))
            throw SyscallException.FromLastError("pwrite", path);
    }

    /// <summary>Sets a file's length (<c>ftruncate(2)</c>); what is added reads as zeros and takes no space.</summary>
    /// <param name="file">The file.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <exception cref="SyscallException"><c>EFBIG</c>, …</exception>
    public static void SetLength(SafeFileHandle file, long length, RelativePath path)
    {
        if (ftruncate((int)file.DangerousGetHandle(), length) < 0)
            throw SyscallException.FromLastError("ftruncate", path.ToString());
    }

    /// <summary>True for a regular file.</summary>
    /// <param name="file">A descriptor of it.</param>
    public static unsafe bool IsRegular(SafeFileHandle file)
    {
        Tmds.Linux.stat status;
        return fstat((int)file.DangerousGetHandle(), &status) == 0 && S_ISREG(status.st_mode);
    }

    /// <summary>Waits until what was written is on the disk (<c>fsync(2)</c>); of a directory, its entries.</summary>
    /// <param name="file">The file or directory.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <exception cref="SyscallException"><c>EIO</c>, <c>ENOSPC</c>, …</exception>
    public static void Synchronize(SafeFileHandle file, string path)
    {
        if (fsync((int)file.DangerousGetHandle()) < 0)
            throw SyscallException.FromLastError("fsync", path);
    }

    /// <summary>
    /// Begins to put on the disk what was written, and does not wait (<c>sync_file_range(2)</c> with
    /// <c>SYNC_FILE_RANGE_WRITE</c>): begun for many files at once, <see cref="Synchronize"/> of each has little left to
    /// wait for. It promises nothing and fails silently; only <see cref="Synchronize"/> tells.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where what is meant begins, in bytes from the file's start.</param>
    /// <param name="length">How many bytes; 0 for all up to the end.</param>
    public static void BeginSynchronize(SafeFileHandle file, long offset = 0, long length = 0) =>
        _ = sync_file_range((int)file.DangerousGetHandle(), offset, length, (uint)SYNC_FILE_RANGE_WRITE);

    /// <summary>Waits until all that was written to a file system is on its disk (<c>syncfs(2)</c>).</summary>
    /// <param name="file">A file or directory of it.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <exception cref="SyscallException"><c>EIO</c>, <c>ENOSPC</c>, …</exception>
    public static void SynchronizeFileSystem(SafeFileHandle file, string path)
    {
        if ((int)syscall(SyscallNumber.SyncFs, (int)file.DangerousGetHandle()) < 0)
            throw SyscallException.FromLastError("syncfs", path);
    }

    /// <summary>True when the path still names the open file, which somebody may have renamed or removed.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">The path that it was opened by.</param>
    public static unsafe bool IsAt(SafeFileHandle file, string path)
    {
        Tmds.Linux.stat opened, named;
        fixed (byte* bytes = PathBytes.Of(path))
        {
            return fstat((int)file.DangerousGetHandle(), &opened) == 0 && stat(bytes, &named) == 0
                && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
        }
    }

    private static unsafe bool TryWrite(SafeFileHandle file, ReadOnlySpan<byte> content, long offset)
    {
        fixed (byte* bytes = content)
        {
            for (int written = 0; written < content.Length;)
            {
                long count = pwrite((int)file.DangerousGetHandle(), bytes + written, Math.Min(PieceSize, content.Length - written), offset + written);
                if (count >= 0)
                    written += (int)count;
                else if (errno != Interrupted)
                    return false;
            }
        }
        return true;
    }
}
