using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace NsTools.Interop.Syscalls;

/// <summary>Extended attributes (<c>xattr(7)</c>).</summary>
public static class ExtendedAttribute
{
    private static readonly bool s_isArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static int SetNumber => s_isArm64 ? 5 : 188;

    private static int FSetNumber => s_isArm64 ? 7 : 190;

    private static int ListNumber => s_isArm64 ? 11 : 194;

    private static int GetNumber => s_isArm64 ? 8 : 191;

    private static int FListNumber => s_isArm64 ? 13 : 196;

    private static int FGetNumber => s_isArm64 ? 10 : 193;

    private static int FRemoveNumber => s_isArm64 ? 16 : 199;

    /// <summary>Sets an attribute of an open file (<c>fsetxattr(2)</c>).</summary>
    /// <param name="file">The file; not an <c>O_PATH</c> descriptor.</param>
    /// <param name="name">Name with its namespace (<c>security.capability</c>), ended by a NUL.</param>
    /// <param name="value">The value.</param>
    /// <returns>0, or the positive error number.</returns>
    public static unsafe int TrySet(SafeFileHandle file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        fixed (byte* nameBytes = name)
        fixed (byte* valueBytes = value)
        {
            long result = (ssize_t)LibC.syscall(
                FSetNumber, (int)file.DangerousGetHandle(), nameBytes, valueBytes, (size_t)value.Length, 0);
            return result < 0 ? LibC.errno : 0;
        }
    }

    /// <summary>
    /// Sets an attribute of what an <c>O_PATH</c> descriptor stands for, a symbolic link or a device too, by its
    /// name in procfs (<c>proc_pid_fd(5)</c>), which leads to the very file without following a link further.
    /// </summary>
    /// <param name="file">The descriptor.</param>
    /// <param name="name">Name with its namespace, ended by a NUL.</param>
    /// <param name="value">The value.</param>
    /// <returns>0, or the positive error number.</returns>
    public static unsafe int TrySetOnPath(SafeFileHandle file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        fixed (byte* path = PathBytes.Of($"/proc/thread-self/fd/{file.DangerousGetHandle()}"))
        fixed (byte* nameBytes = name)
        fixed (byte* valueBytes = value)
        {
            long result = (ssize_t)LibC.syscall(SetNumber, path, nameBytes, valueBytes, (size_t)value.Length, 0);
            return result < 0 ? LibC.errno : 0;
        }
    }

    /// <summary>Removes an attribute of an open file (<c>fremovexattr(2)</c>).</summary>
    /// <param name="file">The file; not an <c>O_PATH</c> descriptor.</param>
    /// <param name="name">Name with its namespace, ended by a NUL.</param>
    /// <returns>0, or the positive error number.</returns>
    public static unsafe int TryRemove(SafeFileHandle file, ReadOnlySpan<byte> name)
    {
        fixed (byte* nameBytes = name)
            return (long)(ssize_t)LibC.syscall(FRemoveNumber, (int)file.DangerousGetHandle(), nameBytes) < 0 ? LibC.errno : 0;
    }

    /// <summary>The names of an open file's attributes (<c>flistxattr(2)</c>), each ended by a NUL.</summary>
    /// <param name="file">The file; not an <c>O_PATH</c> descriptor.</param>
    /// <returns>The names; none where the file system has no attributes.</returns>
    /// <exception cref="SyscallException">They cannot be read.</exception>
    public static unsafe IReadOnlyList<byte[]> List(SafeFileHandle file)
    {
        // XATTR_LIST_MAX (linux/limits.h): the kernel keeps no longer list. Most files have none.
        byte* few = stackalloc byte[1024];
        int descriptor = (int)file.DangerousGetHandle();
        long length = (ssize_t)LibC.syscall(FListNumber, descriptor, few, (size_t)1024);
        if (length >= 0)
            return Split(new ReadOnlySpan<byte>(few, (int)length));
        if (LibC.errno == LibC.EOPNOTSUPP)
            return [];
        if (LibC.errno != LibC.ERANGE)
            throw SyscallException.FromLastError("flistxattr");
        byte[] many = new byte[65536];
        fixed (byte* bytes = many)
            length = (ssize_t)LibC.syscall(FListNumber, descriptor, bytes, (size_t)many.Length);
        return length >= 0 ? Split(many.AsSpan(0, (int)length)) : throw SyscallException.FromLastError("flistxattr");
    }

    /// <summary>The value of an open file's attribute (<c>fgetxattr(2)</c>).</summary>
    /// <param name="file">The file; not an <c>O_PATH</c> descriptor.</param>
    /// <param name="name">Name with its namespace, ended by a NUL.</param>
    /// <returns>The value; null when it has none of that name.</returns>
    /// <exception cref="SyscallException">It cannot be read.</exception>
    public static unsafe byte[]? Get(SafeFileHandle file, ReadOnlySpan<byte> name)
    {
        // XATTR_SIZE_MAX (linux/limits.h).
        byte[] buffer = new byte[65536];
        fixed (byte* nameBytes = name)
        fixed (byte* bytes = buffer)
        {
            long length = (ssize_t)LibC.syscall(FGetNumber, (int)file.DangerousGetHandle(), nameBytes, bytes, (size_t)buffer.Length);
            if (length >= 0)
                return buffer[..(int)length];
            return LibC.errno == LibC.ENODATA || LibC.errno == LibC.EOPNOTSUPP ? null : throw SyscallException.FromLastError("fgetxattr");
        }
    }

    /// <summary>
    /// All attributes of what an <c>O_PATH</c> descriptor stands for, a symbolic link or a device too, as
    /// <see cref="TrySetOnPath"/> reaches it.
    /// </summary>
    /// <param name="file">The descriptor.</param>
    /// <returns>Names, each ended by a NUL, and values; none where the file system has no attributes.</returns>
    /// <exception cref="SyscallException">They cannot be read.</exception>
    public static unsafe IReadOnlyList<(byte[] TerminatedName, byte[] Value)> ReadOnPath(SafeFileHandle file)
    {
        fixed (byte* path = PathBytes.Of($"/proc/thread-self/fd/{file.DangerousGetHandle()}"))
        {
            // Most files have none: no buffer is made for those.
            long length = (ssize_t)LibC.syscall(ListNumber, path, null, (size_t)0);
            if (length == 0 || (length < 0 && LibC.errno == LibC.EOPNOTSUPP))
                return [];
            byte[] buffer = new byte[65536];
            fixed (byte* bytes = buffer)
            {
                length = (ssize_t)LibC.syscall(ListNumber, path, bytes, (size_t)buffer.Length);
                if (length < 0)
                    throw SyscallException.FromLastError("llistxattr");
                List<(byte[], byte[])> attributes = [];
                foreach (byte[] name in Split(buffer.AsSpan(0, (int)length)))
                {
                    fixed (byte* nameBytes = name)
                        length = (ssize_t)LibC.syscall(GetNumber, path, nameBytes, bytes, (size_t)buffer.Length);
                    if (length >= 0)
                        attributes.Add((name, buffer[..(int)length]));
                    else if (LibC.errno != LibC.ENODATA && LibC.errno != LibC.EOPNOTSUPP)
                        throw SyscallException.FromLastError("getxattr");
                }
                return attributes;
            }
        }
    }

    private static List<byte[]> Split(ReadOnlySpan<byte> names)
    {
        List<byte[]> list = [];
        while (!names.IsEmpty)
        {
            int end = names.IndexOf((byte)0) + 1;
            list.Add(names[..end].ToArray());
            names = names[end..];
        }
        return list;
    }
}
