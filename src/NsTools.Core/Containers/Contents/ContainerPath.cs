using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Containers.Contents;

/// <summary>A place that something is copied to: a directory that is there, and a name in it.</summary>
/// <param name="Directory">The directory; owned.</param>
/// <param name="Name">The name; the root for the directory itself.</param>
internal sealed record CopyPlace(SafeFileHandle Directory, RelativePath Name) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Directory.Dispose();
}

/// <summary>Paths in a root, resolved so that nothing leads out of it (<c>openat2(2)</c>, <c>RESOLVE_IN_ROOT</c>).</summary>
internal static class ContainerPath
{
    // As the kernel has it (path_resolution(7)).
    private const int MaximumLinks = 40;

    /// <summary>Opens what is to be copied; a link is followed.</summary>
    /// <param name="root">The root.</param>
    /// <param name="path">The path.</param>
    /// <param name="where">What errors call the root.</param>
    /// <exception cref="NsToolsException">There is nothing (<c>SourceNotFound</c>).</exception>
    public static SafeFileHandle OpenSource(SafeFileHandle root, string path, string where)
    {
        try
        {
            return PathInRoot.Open(root, path, LibC.O_PATH);
        }
        catch (SyscallException failure) when (failure.Name is "ENOENT" or "ENOTDIR" or "ELOOP")
        {
            throw new NsToolsException(FailureKind.NotFound, "SourceNotFound", $"There is no '{path}' {where}.", "Give the path of a file or directory that is there.", failure);
        }
    }

    /// <summary>Finds where a copy goes, by the rules of <c>cp(1)</c> and <c>podman cp</c>.</summary>
    /// <param name="root">The root.</param>
    /// <param name="path">The destination; a slash at its end says that it is a directory.</param>
    /// <param name="source">Path of the source; <c>/.</c> at its end means what is in it.</param>
    /// <param name="isDirectory">Whether the source is a directory.</param>
    /// <param name="where">What errors call the root.</param>
    /// <exception cref="NsToolsException">
    /// The directory that it would be made in is missing (<c>DestinationParentNotFound</c>), or it is a file that a directory
    /// cannot replace (<c>DestinationNotADirectory</c>).
    /// </exception>
    public static CopyPlace FindDestination(SafeFileHandle root, string path, string source, bool isDirectory, string where)
    {
        string real = FollowLast(root, path);
        if (TryOpen(root, real, LibC.O_PATH | LibC.O_DIRECTORY) is { } directory)
        {
            bool takesContent = isDirectory && (source.EndsWith("/.", StringComparison.Ordinal) || LastOf(source).Length == 0);
            return new CopyPlace(directory, takesContent ? RelativePath.Root : Name(LastOf(source)));
        }
        bool isThere = Exists(root, real);
        if (isThere && (isDirectory || path.EndsWith('/')))
            throw new NsToolsException(FailureKind.InvalidArgument, "DestinationNotADirectory", $"'{path}' {where} is not a directory.", "A directory can only be copied to a directory, or to a new name.");
        if (!isThere && path.EndsWith('/') && !isDirectory)
            throw new NsToolsException(FailureKind.NotFound, "DestinationParentNotFound", $"There is no directory '{path}' {where}.", "Make it first, or leave the slash out for a file of that name.");
        string parent = ParentOf(real);
        SafeFileHandle? into = TryOpen(root, parent, LibC.O_PATH | LibC.O_DIRECTORY);
        return into is null || LastOf(real).Length == 0
            ? throw new NsToolsException(FailureKind.NotFound, "DestinationParentNotFound", $"There is no directory '{parent}' {where}.", "Make it first.")
            : new CopyPlace(into, Name(LastOf(real)));
    }

    // Where a name that is a link leads: what is copied there goes to what it names, as with cp(1).
    private static string FollowLast(SafeFileHandle root, string path)
    {
        string now = path;
        for (int i = 0; i < MaximumLinks; i++)
        {
            string trimmed = now.TrimEnd('/');
            if (LastOf(trimmed) is "" or "." or ".." || TryOpen(root, ParentOf(trimmed), LibC.O_PATH | LibC.O_DIRECTORY) is not { } parent)
                return now;
            using (parent)
            {
                if (TryReadLink(parent, LastOf(trimmed)) is not { } target)
                    return now;
                now = target.StartsWith('/') ? target : $"{ParentOf(trimmed)}/{target}";
            }
        }
        throw new NsToolsException(FailureKind.InvalidArgument, "DestinationNotADirectory", $"'{path}' is a symbolic link that leads to itself.", "Copy to another name.");
    }

    private static string? TryReadLink(SafeFileHandle parent, string name)
    {
        try
        {
            using SafeFileHandle node = Descriptor.OpenAt(parent, name, LibC.O_PATH | LibC.O_NOFOLLOW);
            return Descriptor.FileType(node) == (int)LibC.S_IFLNK ? Descriptor.ReadLink(node) : null;
        }
        catch (SyscallException missing) when (missing.Name == "ENOENT")
        {
            return null;
        }
    }

    private static bool Exists(SafeFileHandle root, string path)
    {
        using SafeFileHandle? node = TryOpen(root, path, LibC.O_PATH);
        return node is not null;
    }

    private static SafeFileHandle? TryOpen(SafeFileHandle root, string path, int flags)
    {
        try
        {
            return PathInRoot.TryOpen(root, path, flags);
        }
        catch (SyscallException failure) when (failure.Name is "ENOTDIR" or "ELOOP")
        {
            return null;
        }
    }

    private static string ParentOf(string path)
    {
        int slash = path.TrimEnd('/').LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }

    private static string LastOf(string path)
    {
        string trimmed = path.TrimEnd('/');
        string last = trimmed[(trimmed.LastIndexOf('/') + 1)..];
        return last is "." or ".." ? "" : last;
    }

    private static RelativePath Name(string name) => RelativePath.Root.Append(Encoding.UTF8.GetBytes(name));
}
