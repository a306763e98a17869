using Microsoft.Win32.SafeHandles;
using NsTools.Containers.Isolation;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Oci;
using NsTools.RootFileSystems;

namespace NsTools.Containers.Contents;

/// <summary>Takes containers out of the store: as a tar archive of their root, or as an OCI bundle that any runtime starts.</summary>
/// <param name="store">Where they are.</param>
public sealed class ContainerExporter(ContainerStore store)
{
    /// <summary>Writes the root, without what is mounted in it, as a tar archive: <c>podman export</c>.</summary>
    /// <param name="container">The container; suspended meanwhile when it runs.</param>
    /// <param name="path">Path of the archive, which appears when it is whole.</param>
    /// <param name="progress">Is told of bytes that were read; null where nobody looks.</param>
    /// <param name="cancellation">Ends it, and leaves nothing.</param>
    /// <exception cref="NsToolsException">The directory is not there, or a file changed while it was read.</exception>
    public void ExportArchive(Container container, string path, Action<long>? progress, CancellationToken cancellation)
    {
        ContainerDocument document = store.Read(container.Id) ?? throw ContainerStore.NotFound(container.Name);
        RequireParent(path);
        string temporary = Path.Join(Path.GetDirectoryName(path), $".{Path.GetFileName(path)}.{Guid.NewGuid().ToString("N")[..8]}.partial");
        try
        {
            using IDisposable layers = ContainerLayers.Hold(document, cancellation);
            using ContainerPause still = ContainerPause.Begin(store, container);
            using (SafeFileHandle root = ContainerRoot.OpenBare(store, document))
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20))
            {
                LayerArchive.Write(root, file, new LayerArchiveOptions { HasRootEntry = true, CrossesMounts = false, Progress = progress }, cancellation);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Makes an OCI bundle of it: <c>config.json</c>, and in <c>rootfs</c> a copy of its root.</summary>
    /// <param name="container">The container; suspended meanwhile when it runs.</param>
    /// <param name="path">Path of the bundle's directory: none yet, or an empty one.</param>
    /// <param name="warning">Is called with what could not be copied whole.</param>
    /// <param name="cancellation">Ends it, and leaves nothing.</param>
    /// <exception cref="NsToolsException">Something is there already, or its parent is not.</exception>
    public void ExportBundle(Container container, string path, Action<string>? warning, CancellationToken cancellation)
    {
        ContainerDocument document = store.Read(container.Id) ?? throw ContainerStore.NotFound(container.Name);
        using PartialDirectory partial = PartialDirectory.Create(path);
        using IDisposable layers = ContainerLayers.Hold(document, cancellation);
        using (ContainerPause still = ContainerPause.Begin(store, container))
        using (SafeFileHandle root = ContainerRoot.OpenBare(store, document), into = DirectoryHandle.CreateChild(partial.Handle, "rootfs"))
            new FileTreeCopy { CopiesDevices = true, CrossesMounts = false, Warning = warning }.Copy(root, into, cancellation);
        HostFiles.Write(partial.TemporaryPath, document.HostName, document.Network == ContainerNetworkMode.Host);
        byte[] config = File.ReadAllBytes(Path.Join(store.PathOf(document.Id), "config.json"));
        RuntimeSpec spec = ForOthers(RuntimeSpecJson.Deserialize(config), store.PathOf(document.Id), path);
        AtomicFile.Write(Path.Join(partial.TemporaryPath, "config.json"), RuntimeSpecJson.Serialize(spec));
        File.SetUnixFileMode(partial.Handle, (UnixFileMode)0b111_101_101);
        partial.Complete();
    }

    // Nothing in it is to need our store: the layers are one directory, the files of /etc lie in the bundle, and the cgroup
    // is the runtime's choice. A namespace that is somebody else's becomes one of its own. Nothing in it is of a later version
    // than the oldest that runtimes take (crun 1.8 refuses 1.2.0 by its number).
    private static RuntimeSpec ForOthers(RuntimeSpec spec, string bundle, string path) => spec with
    {
        OciVersion = "1.0.2",
        Hooks = null,
        Root = spec.Root! with { Path = "rootfs" },
        Mounts = [.. (spec.Mounts ?? []).Where(mount => mount.Destination != "/").Select(mount => mount.Source?.StartsWith(bundle + "/", StringComparison.Ordinal) == true ? mount with { Source = Path.Join(path, mount.Source[(bundle.Length + 1)..]) } : mount)],
        Linux = spec.Linux! with
        {
            CgroupsPath = null,
            Namespaces = [.. (spec.Linux.Namespaces ?? []).Select(item => item with { Path = null })],
        },
    };

    private static void RequireParent(string path)
    {
        string parent = Path.GetDirectoryName(path) ?? "/";
        if (!Directory.Exists(parent))
            throw new NsToolsException(FailureKind.NotFound, "DestinationParentNotFound", $"The directory '{parent}' does not exist.", $"Make it: New-Item -ItemType Directory '{parent}'.");
        if (Directory.Exists(path))
            throw new NsToolsException(FailureKind.InvalidArgument, "DestinationIsDirectory", $"'{path}' is a directory.", "Give the path of the archive, such as container.tar; or -Bundle for a directory.");
    }
}
