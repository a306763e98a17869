using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>The program's working directory: made where it is missing, entered, and found to be inside the root.</summary>
internal static unsafe class WorkingDirectory
{
    // linux/limits.h, PATH_MAX.
    private const int PathLimit = 4096;

    /// <summary>Makes it, as runc and crun do, with mode 0755 and root's.</summary>
    /// <param name="root">The container's root, not entered yet, and not read-only yet.</param>
    /// <param name="path">The directory.</param>
    /// <exception cref="SyscallException">It cannot be made.</exception>
    public static void Create(SafeFileHandle root, string path)
    {
        if (path.AsSpan().Trim('/').IsEmpty)
            return;
        try
        {
            PathInRoot.OpenTarget(root, path, isDirectory: true).Dispose();
        }
        catch (SyscallException failure)
        {
            throw new SyscallException(failure.Syscall, failure.Number, path, "making the working directory of config $.process.cwd");
        }
    }

    /// <summary>Enters it, if that may be done.</summary>
    /// <param name="path">The directory.</param>
    /// <returns>False when this user may not.</returns>
    /// <exception cref="SyscallException">It is not there, or no directory.</exception>
    public static bool TryEnter(string path)
    {
        fixed (byte* bytes = PathBytes.Of(path))
        {
            if (chdir(bytes) == 0)
                return true;
        }
        return errno is var error && error == EACCES ? false : throw new SyscallException("chdir", error, path, "the working directory");
    }

    /// <summary>Enters it.</summary>
    /// <param name="path">The directory.</param>
    /// <exception cref="SyscallException">It cannot be entered.</exception>
    public static void Enter(string path)
    {
        if (!TryEnter(path))
            throw new SyscallException("chdir", EACCES, path, "the working directory");
    }

    /// <summary>
    /// Makes sure that it is below the root. A path through <c>/proc/self/fd</c>, or a link to one, may lead to a directory of
    /// the host that some descriptor is open on (CVE-2024-21626).
    /// </summary>
    /// <param name="path">The directory that was entered.</param>
    /// <exception cref="SyscallException">It is not.</exception>
    public static void RequireInsideRoot(string path)
    {
        // getcwd(2) itself: of what cannot be reached from the root it says "(unreachable)", which libraries make up for.
        byte* buffer = stackalloc byte[PathLimit];
        int length = (int)syscall(SyscallNumber.GetCwd, buffer, PathLimit);
        if (length < 0 && errno != ENOENT)
            throw SyscallException.FromLastError("getcwd", path);
        if (length <= 0 || buffer[0] != (byte)'/')
        {
            string where = length <= 0 ? "it has been removed" : $"it is '{Encoding.UTF8.GetString(buffer, length - 1)}'";
            throw new SyscallException("getcwd", EXDEV, path, $"the working directory lies outside of the root: {where}");
        }
    }
}
