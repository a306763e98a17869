using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Mounts;

/// <summary>Finds the places that requests name. Only on a thread whose root is that of the view.</summary>
internal static class MountPaths
{
    /// <summary>Opens the directory that a request's target is inside of.</summary>
    /// <param name="root">The directory; null for the thread's root.</param>
    /// <exception cref="NsToolsException">It is not there (<c>RootNotFound</c>).</exception>
    public static SafeFileHandle OpenRoot(string? root)
    {
        SafeFileHandle top = PathInRoot.OpenRoot("/");
        if (root is null)
            return top;
        using (top)
        {
            try
            {
                // Not by plain open(2): in a container's namespace even this path may lead anywhere.
                return PathInRoot.Open(top, root, LibC.O_PATH | LibC.O_DIRECTORY);
            }
            catch (SyscallException failure) when (failure.Name is "ENOENT" or "ENOTDIR")
            {
                throw new NsToolsException(
                    FailureKind.NotFound, "RootNotFound", $"The root '{root}' is not there, or no directory.", innerException: failure);
            }
        }
    }

    /// <summary>Finds a target, or makes it.</summary>
    /// <param name="root">The directory that it is inside of; null for the thread's root.</param>
    /// <param name="target">The path.</param>
    /// <param name="find">Finds it beneath the root that it is given.</param>
    public static MountTarget Find(string? root, string target, Func<SafeFileHandle, string, MountTarget> find)
    {
        using SafeFileHandle handle = OpenRoot(root);
        MountTarget found = find(handle, target);
        if (found.Parent is not null || root is null)
            return found;
        // The root itself: it has its parent outside.
        found.Dispose();
        using SafeFileHandle top = OpenRoot(null);
        return PathInRoot.FindTarget(top, root);
    }

    /// <summary>What a target is called in messages.</summary>
    /// <param name="root">The directory that it is inside of; null for the root directory.</param>
    /// <param name="target">The path.</param>
    public static string Display(string? root, string target) => root is null ? target : Path.Join(root, Path.GetFullPath(target, "/"));
}
