using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>The option <c>copy-symlink</c> of a bind mount, <see cref="BindOptions.CopiesLink"/>.</summary>
internal static class LinkCopy
{
    private const int LongestPath = 4096; // PATH_MAX, linux/limits.h

    /// <summary>Where the source leads to when it is a symbolic link; null for anything else.</summary>
    /// <param name="item">The mount.</param>
    public static string? Target(MountSpec item) =>
        item.Source is { } source && new FileInfo(Path.GetFullPath(source)) is { LinkTarget: { } target } ? target : null;

    /// <summary>Makes the link.</summary>
    /// <param name="root">The container's root.</param>
    /// <param name="destination">Where, inside of it.</param>
    /// <param name="target">Where the link leads to.</param>
    /// <exception cref="SyscallException">It cannot be made; <c>EEXIST</c> when something else is there.</exception>
    public static unsafe void Make(SafeFileHandle root, string destination, string target)
    {
        string path = destination.TrimEnd('/');
        int slash = path.LastIndexOf('/');
        using SafeFileHandle directory = PathInRoot.OpenTarget(root, slash <= 0 ? "/" : path[..slash], isDirectory: true);
        fixed (byte* name = PathBytes.Of(path[(slash + 1)..]), content = PathBytes.Of(target))
        {
            if (symlinkat(content, Descriptor.Number(directory), name) == 0)
                return;
            int error = errno;
            byte* buffer = stackalloc byte[LongestPath];
            long length = error == EEXIST ? readlinkat(Descriptor.Number(directory), name, buffer, LongestPath) : -1;
            if (length < 0 || !new ReadOnlySpan<byte>(buffer, (int)length).SequenceEqual(PathBytes.Of(target).AsSpan()[..^1]))
                throw new SyscallException("symlink", error, destination, $"to '{target}'");
        }
    }
}
