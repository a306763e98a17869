using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Containers.Contents;

/// <summary>What is made in a container's upper directory for mounts alone, by the runtime and by us: no change of anybody's.</summary>
internal static class MountPlaceholders
{
    // A directory after what is in it.
    private static readonly string[] s_usual =
        ["etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/mtab", "dev", "proc", "sys", "run/secrets", "run/.containerenv", "run"];

    /// <summary>The places, without a slash at the start.</summary>
    /// <param name="mounts">What was mounted beside the usual.</param>
    public static HashSet<byte[]> Of(IEnumerable<ContainerMount> mounts) =>
        s_usual.Concat(mounts.Select(mount => mount.Destination.Trim('/'))).Select(System.Text.Encoding.UTF8.GetBytes).ToHashSet(ByteStringComparer.Instance);

    /// <summary>True for a place that the image does not have and in which nothing was made.</summary>
    /// <param name="upper">The upper directory.</param>
    /// <param name="lower">The layers below.</param>
    /// <param name="path">One of the places.</param>
    public static bool IsUntouched(SafeFileHandle upper, SafeFileHandle lower, RelativePath path)
    {
        using SafeFileHandle? before = TryOpen(lower, path);
        using SafeFileHandle? node = before is null ? TryOpen(upper, path) : null;
        if (node is null)
            return false;
        FileStatus status = FileStatus.Of(node);
        return status.IsDirectory ? DirectoryListing.Read(node).Count == 0 : status is { IsRegular: true, Size: 0 };
    }

    /// <summary>Removes those that are untouched, and the directories that were made for them.</summary>
    /// <param name="upper">The upper directory.</param>
    /// <param name="lower">The layers below.</param>
    /// <param name="mounts">What was mounted beside the usual.</param>
    public static void Remove(SafeFileHandle upper, SafeFileHandle lower, IEnumerable<ContainerMount> mounts)
    {
        IEnumerable<string> own = mounts.Select(mount => mount.Destination.Trim('/')).Where(path => path.Length > 0).SelectMany(WithParents).Distinct().OrderByDescending(path => path.Length);
        using DirectoryCache directories = new(upper);
        TreeWriter writer = new(directories);
        foreach (string path in own.Concat(s_usual).Append("etc"))
        {
            if (RelativePath.TryParse(System.Text.Encoding.UTF8.GetBytes(path), out RelativePath relative) == RelativePathProblem.None && IsUntouched(upper, lower, relative))
                writer.Remove(relative, CancellationToken.None);
        }
    }

    private static IEnumerable<string> WithParents(string path)
    {
        for (int end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
            yield return path[..end];
    }

    // What the container has made of a path, a link to anywhere say, is not followed.
    private static SafeFileHandle? TryOpen(SafeFileHandle root, RelativePath path)
    {
        OpenAt2.TryOpen(root, path.Terminated, LibC.O_PATH | LibC.O_NOFOLLOW, ResolveFlags.Beneath | ResolveFlags.NoSymlinks, 0, out SafeFileHandle? node);
        return node;
    }
}
