using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.RootFileSystems;

/// <summary>
/// Reads a tree: a directory before what is in it, names sorted by their bytes, so that the same tree reads the same
/// everywhere. No link is followed and nothing outside is reached, whatever others do to the tree meanwhile.
/// </summary>
/// <param name="top">The tree's top: a directory, or a single file. Not owned.</param>
/// <param name="crossesMounts">False leaves what is mounted on a directory of the tree empty, as <c>tar --one-file-system</c> does.</param>
internal sealed class FileTree(SafeFileHandle top, bool crossesMounts = true)
{
    private const int NotFound = 2, NotADirectory = 20;

    /// <summary>Reads it.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="SyscallException">A file cannot be read.</exception>
    public IEnumerable<FileTreeItem> Read(CancellationToken cancellation)
    {
        FileStatus status = FileStatus.Of(top);
        yield return new FileTreeItem(RelativePath.Root, top, status, null);
        if (!status.IsDirectory)
            yield break;
        Dictionary<(ulong, ulong), RelativePath> names = [];
        Stack<RelativePath> waiting = new();
        Push(waiting, RelativePath.Root, top);
        using DirectoryCache directories = new(top);
        while (waiting.TryPop(out RelativePath? path))
        {
            cancellation.ThrowIfCancellationRequested();
            using SafeFileHandle? node = TryOpen(directories, path);
            if (node is null)
                continue;
            FileStatus found = FileStatus.Of(node);
            yield return new FileTreeItem(path, node, found, FirstName(names, path, found));
            if (found.IsDirectory && (crossesMounts || found.Device == status.Device))
                Push(waiting, path, node);
        }
    }

    // The last one is taken first.
    private static void Push(Stack<RelativePath> waiting, RelativePath directory, SafeFileHandle node)
    {
        List<byte[]> names = DirectoryListing.Read(node);
        names.Sort(static (left, right) => right.AsSpan().SequenceCompareTo(left));
        foreach (byte[] name in names)
            waiting.Push(directory.Append(name.AsSpan(0, name.Length - 1)));
    }

    private static RelativePath? FirstName(Dictionary<(ulong, ulong), RelativePath> names, RelativePath path, in FileStatus status)
    {
        if (status.LinkCount < 2 || status.IsDirectory)
            return null;
        if (names.TryGetValue((status.Device, status.Inode), out RelativePath? first))
            return first;
        names[(status.Device, status.Inode)] = path;
        return null;
    }

    // Null for what has been taken away since its directory was read.
    private static SafeFileHandle? TryOpen(DirectoryCache directories, RelativePath path)
    {
        try
        {
            return Descriptor.OpenAt(directories.ExistingParentOf(path), path.TerminatedName, LibC.O_PATH | LibC.O_NOFOLLOW);
        }
        catch (SyscallException gone) when (gone.Number is NotFound or NotADirectory)
        {
            return null;
        }
    }
}
