using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// Copies a directory's content into another one, for <c>tmpcopyup</c>: names, types, contents, owners, modes and times,
/// by descriptors and without following a link. What is mounted below the directory is not looked into.
/// </summary>
internal static unsafe class TreeCopy
{
    private const int BufferLength = 32 * 1024;
    private const ushort PermissionMask = 0b111_111_111_111;

    /// <summary>Copies.</summary>
    /// <param name="source">The directory; an <c>O_PATH</c> descriptor does.</param>
    /// <param name="destination">The directory that takes the copy, and the owner and mode of the other.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="SyscallException">A call failed: <c>ENOSPC</c> when it does not fit.</exception>
    public static void Copy(SafeFileHandle source, SafeFileHandle destination, string name)
    {
        mode_t mask = umask(0);
        try
        {
            using SafeFileHandle from = Descriptor.OpenAt(source, ".", O_RDONLY | O_DIRECTORY);
            using SafeFileHandle to = Descriptor.OpenAt(destination, ".", O_RDONLY | O_DIRECTORY);
            CopyEntries(from, to, name);
        }
        finally
        {
            _ = umask(mask);
        }
    }

    private static void CopyEntries(SafeFileHandle from, SafeFileHandle to, string path)
    {
        byte* buffer = (byte*)NativeMemory.Alloc(BufferLength);
        try
        {
            while (true)
            {
                long length = (ssize_t)syscall(SyscallNumber.GetDents64, Descriptor.Number(from), buffer, (size_t)BufferLength);
                if (length < 0)
                    throw SyscallException.FromLastError("getdents64", path);
                if (length == 0)
                    break;
                // linux_dirent64: ino, off, reclen, type, name (getdents(2)).
                for (long at = 0; at < length; at += *(ushort*)(buffer + at + 16))
                {
                    byte* name = buffer + at + 19;
                    ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
                    if (!text.SequenceEqual("."u8) && !text.SequenceEqual(".."u8))
                        CopyEntry(from, to, name, $"{path}/{Marshal.PtrToStringUTF8((nint)name)}");
                }
            }
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
        SetMetadata(from, to, path);
    }

    private static void CopyEntry(SafeFileHandle from, SafeFileHandle to, byte* name, string path)
    {
        int source = Descriptor.Number(from), destination = Descriptor.Number(to);
        stat status;
        if (fstatat(source, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
            throw SyscallException.FromLastError("fstatat", path);
        switch ((uint)status.st_mode & (uint)S_IFMT)
        {
            case var type when type == (uint)S_IFDIR:
                if (mkdirat(destination, name, 0b111_000_000) < 0)
                    throw SyscallException.FromLastError("mkdirat", path);
                using (SafeFileHandle directory = Open(source, name, O_RDONLY | O_DIRECTORY, path))
                using (SafeFileHandle copy = Open(destination, name, O_RDONLY | O_DIRECTORY, path))
                    CopyEntries(directory, copy, path);
                break;
            case var type when type == (uint)S_IFREG:
                CopyFile(source, destination, name, path);
                break;
            case var type when type == (uint)S_IFLNK:
                CopyLink(source, destination, name, path);
                ChangeOwner(destination, name, status, path);
                break;
            default:
                if (FileNode.Make(destination, name, (uint)status.st_mode, (uint)(ulong)status.st_rdev) < 0)
                    throw SyscallException.FromLastError("mknodat", path);
                ChangeOwner(destination, name, status, path);
                break;
        }
    }

    private static void CopyFile(int source, int destination, byte* name, string path)
    {
        // O_NONBLOCK: what was a file a moment ago may be a FIFO now.
        using SafeFileHandle file = Open(source, name, O_RDONLY | O_NONBLOCK, path);
        int made = openat(destination, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)(ushort)0b110_000_000);
        if (made < 0)
            throw SyscallException.FromLastError("openat", path);
        using var copy = new SafeFileHandle(made, ownsHandle: true);
        byte* buffer = (byte*)NativeMemory.Alloc(BufferLength);
        try
        {
            while (true)
            {
                long length = read(Descriptor.Number(file), buffer, BufferLength);
                if (length < 0)
                    throw SyscallException.FromLastError("read", path);
                if (length == 0)
                    break;
                for (int done = 0; done < length;)
                {
                    long written = write(made, buffer + done, (int)length - done);
                    if (written < 0)
                        throw SyscallException.FromLastError("write", path);
                    done += (int)written;
                }
            }
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
        SetMetadata(file, copy, path);
    }

    private static void CopyLink(int source, int destination, byte* name, string path)
    {
        const int Length = 4096;
        byte* text = stackalloc byte[Length + 1];
        long length = readlinkat(source, name, text, Length);
        if (length < 0)
            throw SyscallException.FromLastError("readlinkat", path);
        text[length] = 0;
        if (symlinkat(text, destination, name) < 0)
            throw SyscallException.FromLastError("symlinkat", path);
    }

    private static void SetMetadata(SafeFileHandle from, SafeFileHandle to, string path)
    {
        int descriptor = Descriptor.Number(to);
        stat status;
        if (fstat(Descriptor.Number(from), &status) < 0)
            throw SyscallException.FromLastError("fstat", path);
        // The mode last: chown(2) takes set-user-ID bits away.
        if (fchown(descriptor, status.st_uid, status.st_gid) < 0)
            throw SyscallException.FromLastError("fchown", path);
        if (fchmod(descriptor, (mode_t)(ushort)((uint)status.st_mode & PermissionMask)) < 0)
            throw SyscallException.FromLastError("fchmod", path);
        timespec* times = stackalloc timespec[2];
        times[0] = status.st_atim;
        times[1] = status.st_mtim;
        if (futimens(descriptor, times) < 0)
            throw SyscallException.FromLastError("futimens", path);
    }

    private static void ChangeOwner(int directory, byte* name, in stat status, string path)
    {
        if (fchownat(directory, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
            throw SyscallException.FromLastError("fchownat", path);
    }

    private static SafeFileHandle Open(int directory, byte* name, int flags, string path)
    {
        int descriptor = openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC, 0);
        return descriptor < 0 ? throw SyscallException.FromLastError("openat", path) : new SafeFileHandle(descriptor, ownsHandle: true);
    }
}
