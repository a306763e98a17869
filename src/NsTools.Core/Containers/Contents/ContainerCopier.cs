using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;
using Tmds.Linux;

namespace NsTools.Containers.Contents;

/// <summary>
/// Copies files between the host and containers, or from one container to another: <c>podman cp</c>. What a path in a container
/// means is found as after <c>chroot(2)</c>; nothing outside of its root is read or written, whatever links are in it.
/// </summary>
/// <param name="store">Where the containers are.</param>
public sealed class ContainerCopier(ContainerStore store)
{
    /// <summary>True gives copies to the container's user, and those on the host to the caller, as Podman does; false keeps owners.</summary>
    public bool ChangesOwner { get; init; } = true;

    /// <summary>Is called with what could not be copied whole.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>Copies.</summary>
    /// <param name="from">The container; null for the host.</param>
    /// <param name="path">The source: an absolute path.</param>
    /// <param name="to">The container; null for the host.</param>
    /// <param name="destination">The destination: an absolute path.</param>
    /// <param name="cancellation">Ends it; what is copied by then stays.</param>
    /// <returns>How many files and directories were copied.</returns>
    /// <exception cref="NsToolsException">The source is not there, or the destination cannot be made.</exception>
    /// <exception cref="SyscallException">A file cannot be read or written.</exception>
    public long Copy(Container? from, string path, Container? to, string destination, CancellationToken cancellation)
    {
        using Side source = Side.Open(store, from, path, cancellation), target = Side.Open(store, to, destination, cancellation, source);
        using SafeFileHandle top = ContainerPath.OpenSource(source.Root, source.Path, source.Where);
        bool isDirectory = Descriptor.IsDirectory(top);
        using CopyPlace place = ContainerPath.FindDestination(target.Root, target.Path, path, isDirectory, target.Where);
        FileTreeCopy copy = new()
        {
            Destination = place.Name,
            Owner = ChangesOwner ? target.Owner : null,
            CopiesTop = !place.Name.IsRoot,
            Warning = Warning,
        };
        // Who makes a file must be somebody there: in a user namespace of its own the container's root.
        using FileSystemIdentity? identity = target.Map is { } map ? FileSystemIdentity.Take(OnHost(map, 0), OnHost(map, 0)) : null;
        return copy.Copy(top, place.Directory, cancellation);
    }

    private static uint OnHost(IReadOnlyList<IdMapping> map, uint id) =>
        map.FirstOrDefault(range => id >= range.ContainerId && id - range.ContainerId < range.Size) is { } found ? found.HostId + (id - found.ContainerId) : id;

    /// <summary>The host or a container.</summary>
    private sealed class Side : IDisposable
    {
        private readonly ContainerRoot? _opened;
        private readonly ContainerRoot? _container;

        private Side(SafeFileHandle root, string path, string where, (uint, uint) owner, ContainerRoot? container, ContainerRoot? opened) =>
            (Root, Path, Where, Owner, _container, _opened) = (root, path, where, owner, container, opened);

        public SafeFileHandle Root { get; }

        /// <summary>Maps of the IDs that are seen there; null where they are the host's.</summary>
        public IReadOnlyList<IdMapping>? Map => _container?.IsLive == true ? _container.Document.UserMap : null;

        public string Path { get; }

        public string Where { get; }

        public (uint UserId, uint GroupId) Owner { get; }

        public static Side Open(ContainerStore store, Container? container, string path, CancellationToken cancellation, Side? other = null)
        {
            if (container is null)
                return new Side(PathInRoot.OpenRoot("/"), path, "on the host", (LibC.geteuid(), LibC.getegid()), null, null);
            // Both sides may be the same container, which is locked once.
            ContainerRoot root = other?._opened?.Document.Id == container.Id ? other._opened : ContainerRoot.Open(store, container, cancellation);
            UserSpec user = RuntimeSpecJson.Deserialize(File.ReadAllBytes(System.IO.Path.Join(store.PathOf(container.Id), "config.json"))).Process!.User;
            (SafeFileHandle handle, string inside) = Locate(store, root, path);
            (uint, uint) owner = root is { IsLive: true, Document.UserMap: { } map } ? (OnHost(map, user.Uid), OnHost(map, user.Gid)) : (user.Uid, user.Gid);
            return new Side(handle, inside, $"in the container '{container.Name}'", owner, root, ReferenceEquals(root, other?._opened) ? null : root);
        }

        public void Dispose()
        {
            Root.Dispose();
            _opened?.Dispose();
        }

        // A container that does not run has nothing mounted: what lies in a volume or in a directory of the host is found there.
        private static (SafeFileHandle Root, string Path) Locate(ContainerStore store, ContainerRoot root, string path)
        {
            ContainerMount? mount = root.IsLive ? null : root.Document.Mounts
                .Where(m => m.Type != ContainerMountType.TmpFs && IsAtOrBelow(path, m.Destination))
                .OrderByDescending(m => m.Destination.Length).FirstOrDefault();
            if (mount is null)
                return (Descriptor.OpenAt(root.Handle, ".", LibC.O_PATH | LibC.O_DIRECTORY), path);
            string source = mount.Type == ContainerMountType.Volume ? new Volumes.VolumeStore(store.DataRoot, store).PathOf(mount.Source!) : mount.Source!;
            string rest = path[mount.Destination.TrimEnd('/').Length..];
            return Directory.Exists(source)
                ? (PathInRoot.OpenRoot(source), rest.Length == 0 ? "/" : rest)
                : (PathInRoot.OpenRoot(System.IO.Path.GetDirectoryName(source)!), System.IO.Path.GetFileName(source));
        }

        private static bool IsAtOrBelow(string path, string directory)
        {
            string top = directory.TrimEnd('/');
            return path.StartsWith(top, StringComparison.Ordinal) && (path.Length == top.Length || path[top.Length] == '/');
        }
    }
}
