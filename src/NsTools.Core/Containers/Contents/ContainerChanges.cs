using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;
using Tmds.Linux;

namespace NsTools.Containers.Contents;

/// <summary>Tells what has changed in containers since they were made: <c>podman diff</c>.</summary>
/// <param name="store">Where they are.</param>
public sealed class ContainerChanges(ContainerStore store)
{
    /// <summary>The changes, a directory before what is in it.</summary>
    /// <param name="container">The container.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">It is of a root file system, which does not keep what it was (<c>ContainerHasNoImage</c>).</exception>
    public IReadOnlyList<ContainerChange> Of(Container container, CancellationToken cancellation)
    {
        ContainerDocument document = store.Read(container.Id) ?? throw ContainerStore.NotFound(container.Name);
        if (document.Root is not null)
        {
            throw new NsToolsException(
                FailureKind.NotSupported, "ContainerHasNoImage", $"The container '{container.Name}' writes to the root file system '{document.Root}' itself: what that was before nobody has kept.", "Containers of images keep their changes apart.");
        }
        using IDisposable layers = ContainerLayers.Hold(document, cancellation);
        using SafeFileHandle lower = ContainerRoot.OpenLayers(store, document), upper = DirectoryHandle.Open(Path.Join(store.PathOf(container.Id), "upper"));
        HashSet<byte[]> places = MountPlaceholders.Of(document.Mounts);
        List<Found> found = [];
        foreach (FileTreeItem item in new FileTree(upper).Read(cancellation))
        {
            if (item.Path.IsRoot || places.Contains(item.Path.Bytes.ToArray()))
                continue;
            Add(found, item, lower);
        }
        return Select(container.Name, found);
    }

    private static void Add(List<Found> found, FileTreeItem item, SafeFileHandle lower)
    {
        using SafeFileHandle? node = TryOpen(lower, item.Path);
        FileStatus? before = node is null ? null : FileStatus.Of(node);
        bool isWhiteout = item.Status.Type == (uint)LibC.S_IFCHR && item.Status is { DeviceMajor: 0, DeviceMinor: 0 };
        if (isWhiteout)
        {
            if (before is { } gone)
                found.Add(new Found(item.Path, ImageChangeType.Deleted, gone, true));
            return;
        }
        // A directory is copied up with the first file in it, and is the same as before but for that.
        bool isOwn = !(before is { IsDirectory: true } same && item.Status.IsDirectory && IsSame(same, item.Status));
        found.Add(new Found(item.Path, before is null ? ImageChangeType.Added : ImageChangeType.Changed, item.Status, isOwn));
        if (before is { IsDirectory: true } && node is not null && item.Status.IsDirectory && IsOpaque(item))
            AddHidden(found, item.Path, node);
    }

    // Nothing of an opaque directory shows through: what it had is gone.
    private static void AddHidden(List<Found> found, RelativePath directory, SafeFileHandle before)
    {
        foreach (byte[] name in DirectoryListing.Read(before))
        {
            using SafeFileHandle node = Descriptor.OpenAt(before, name, LibC.O_PATH | LibC.O_NOFOLLOW);
            found.Add(new Found(directory.Append(name.AsSpan(0, name.Length - 1)), ImageChangeType.Deleted, FileStatus.Of(node), true));
        }
    }

    // What an opaque directory had may be there anew: then it has changed. And a directory that is itself the same is told
    // of only for what is in it.
    private static ContainerChange[] Select(string container, List<Found> found)
    {
        Found[] merged = [.. found.GroupBy(f => f.Path.Bytes.ToArray(), ByteStringComparer.Instance).Select(Merge)];
        HashSet<byte[]> parents = new(ByteStringComparer.Instance);
        foreach (Found change in merged.Where(f => f.IsOwn))
        {
            for (RelativePath parent = change.Path.ParentPath; !parent.IsRoot && parents.Add(parent.Bytes.ToArray()); parent = parent.ParentPath)
            {
            }
        }
        return [.. merged.Where(f => f.IsOwn || parents.Contains(f.Path.Bytes.ToArray())).Select(f => new ContainerChange
        {
            Container = container,
            Path = $"/{f.Path}",
            Change = f.Change,
            Kind = KindOf(f.Status),
        }).OrderBy(change => change.Path, StringComparer.Ordinal)];
    }

    private static Found Merge(IEnumerable<Found> same)
    {
        Found[] all = [.. same];
        Found last = all.FirstOrDefault(f => f.Change != ImageChangeType.Deleted) ?? all[0];
        return all.Length > 1 && last.Change == ImageChangeType.Added ? last with { Change = ImageChangeType.Changed } : last;
    }

    private static bool IsSame(in FileStatus before, in FileStatus now) =>
        before.Mode == now.Mode && before.UserId == now.UserId && before.GroupId == now.GroupId
        && before.ModifiedSeconds == now.ModifiedSeconds && before.ModifiedNanoseconds == now.ModifiedNanoseconds;

    private static bool IsOpaque(FileTreeItem item) => item.ReadAttributes().Any(attribute => attribute.ToString() is "trusted.overlay.opaque" or "user.overlay.opaque");

    private static SafeFileHandle? TryOpen(SafeFileHandle lower, RelativePath path)
    {
        int error = OpenAt2.TryOpen(lower, path.Terminated, LibC.O_PATH | LibC.O_NOFOLLOW, ResolveFlags.Beneath | ResolveFlags.NoSymlinks, 0, out SafeFileHandle? node);
        return error == 0 || error == LibC.ENOENT || error == LibC.ENOTDIR || error == LibC.ELOOP
            ? node
            : throw new SyscallException("openat2", error, path.ToString());
    }

    private static ImageFileKind KindOf(in FileStatus status) => status switch
    {
        { IsDirectory: true } => ImageFileKind.Directory,
        { IsSymbolicLink: true } => ImageFileKind.SymbolicLink,
        _ when status.Type == (uint)LibC.S_IFCHR => ImageFileKind.CharacterDevice,
        _ when status.Type == (uint)LibC.S_IFBLK => ImageFileKind.BlockDevice,
        _ when status.Type == (uint)LibC.S_IFIFO => ImageFileKind.Fifo,
        _ => ImageFileKind.File,
    };

    private sealed record Found(RelativePath Path, ImageChangeType Change, FileStatus Status, bool IsOwn);
}
