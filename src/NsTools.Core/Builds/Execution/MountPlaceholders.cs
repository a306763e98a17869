using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Builds.Execution;

/// <summary>What the runtime makes for mounts alone, in the upper directory of a RUN: no change of anybody's.</summary>
internal static class MountPlaceholders
{
    // A directory after what is in it.
    private static readonly string[] s_paths =
    [
        "etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/mtab", "etc", "dev", "proc", "sys", "run/secrets", "run/.containerenv", "run",
    ];

    /// <summary>Removes them, where they are empty and the image did not have them.</summary>
    /// <param name="upper">The upper directory.</param>
    /// <param name="lower">The layers below.</param>
    /// <param name="mounts">What else was mounted: absolute paths.</param>
    public static void Remove(SafeFileHandle upper, SafeFileHandle lower, IEnumerable<string> mounts)
    {
        IEnumerable<string> own = mounts.Select(path => path.Trim('/')).Where(path => path.Length > 0).SelectMany(WithParents).Distinct().OrderByDescending(path => path.Length);
        using DirectoryCache directories = new(upper);
        TreeWriter writer = new(directories);
        foreach (string path in own.Concat(s_paths))
        {
            if (RelativePath.TryParse(System.Text.Encoding.UTF8.GetBytes(path), out RelativePath relative) == RelativePathProblem.None && !IsThere(lower, relative) && IsEmpty(upper, relative))
                writer.Remove(relative, CancellationToken.None);
        }
    }

    private static IEnumerable<string> WithParents(string path)
    {
        for (int end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
            yield return path[..end];
    }

    private static bool IsThere(SafeFileHandle lower, RelativePath path)
    {
        using SafeFileHandle? node = TryOpen(lower, path);
        return node is not null;
    }

    private static bool IsEmpty(SafeFileHandle upper, RelativePath path)
    {
        using SafeFileHandle? node = TryOpen(upper, path);
        if (node is null)
            return false;
        FileStatus status = FileStatus.Of(node);
        if (!status.IsDirectory)
            return status is { IsRegular: true, Size: 0 };
        using SafeFileHandle readable = Descriptor.Reopen(node, LibC.O_RDONLY | LibC.O_DIRECTORY);
        return DirectoryListing.Read(readable).Count == 0;
    }

    // What the RUN has made of a path, a link to anywhere say, is not followed.
    private static SafeFileHandle? TryOpen(SafeFileHandle root, RelativePath path)
    {
        OpenAt2.TryOpen(root, path.Terminated, LibC.O_PATH | LibC.O_NOFOLLOW, ResolveFlags.Beneath | ResolveFlags.NoSymlinks, 0, out SafeFileHandle? node);
        return node;
    }
}
