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
}
