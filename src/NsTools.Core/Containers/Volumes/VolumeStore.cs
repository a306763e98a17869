using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NsTools.Hosts;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;

namespace NsTools.Containers.Volumes;

/// <summary>
/// The volumes of a user: <c>volumes/NAME/_data</c> of the data directory, as Podman lays them out. Who makes a container
/// holds the store together with others, who removes a volume holds it alone.
/// </summary>
public sealed class VolumeStore
{
    private const string DataName = "_data";
    private const string DocumentName = "volume.json";

    private readonly string _directory;
    private readonly ContainerStore _containers;

    /// <summary>Opens a store; nothing is made before a volume is.</summary>
    /// <param name="dataRoot">See <see cref="RuntimeDirectories.DataRoot"/>.</param>
    /// <param name="containers">Says which volumes are in use.</param>
    public VolumeStore(string dataRoot, ContainerStore containers)
    {
        _directory = Path.GetFullPath(Path.Join(dataRoot, "volumes"));
        _containers = containers;
    }

    /// <summary>The calling user's store, at this moment's directories.</summary>
    public static VolumeStore Current => new(RuntimeDirectories.DataRoot, ContainerStore.Current);

    /// <summary>All volumes, by name.</summary>
    public IReadOnlyList<ContainerVolume> List()
    {
        ILookup<string, string> users = Users();
        return [.. Names().Select(name => Describe(name, users)).OfType<ContainerVolume>().OrderBy(volume => volume.Name, StringComparer.Ordinal)];
    }

    /// <summary>The names of all volumes.</summary>
    public IReadOnlyList<string> Names() => Directory.Exists(_directory)
        ? [.. Directory.EnumerateDirectories(_directory).Select(path => Path.GetFileName(path)!).Where(MountText.IsVolumeName)]
        : [];

    /// <summary>The volume of a name.</summary>
    /// <exception cref="NsToolsException">There is none (<c>VolumeNotFound</c>).</exception>
    public ContainerVolume Get(string name) => (MountText.IsVolumeName(name) ? Describe(name, Users()) : null) ?? throw NotFound(name);

    /// <summary>Removes a volume and what is in it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellation">Ends waiting for others, and leaves what is not removed yet.</param>
    /// <exception cref="NsToolsException">There is none (<c>VolumeNotFound</c>), or a container has it (<c>VolumeInUse</c>).</exception>
    public void Remove(string name, CancellationToken cancellation)
    {
        using SafeFileHandle? held = Directory.Exists(_directory) ? DirectoryLock.Acquire(_directory, cancellation) : null;
        ContainerVolume volume = Get(name);
        if (volume.Containers.Count > 0)
        {
            throw new NsToolsException(
                FailureKind.InvalidState, "VolumeInUse", $"The volume '{name}' is in use by {string.Join(", ", volume.Containers)}.", "Remove the containers first: Remove-Container.");
        }
        Delete(name, cancellation);
    }

    /// <summary>Holds the store together with others: no volume is removed until it is disposed.</summary>
    internal IDisposable Hold(CancellationToken cancellation)
    {
        Directory.CreateDirectory(_directory);
        return DirectoryLock.AcquireShared(_directory, cancellation);
    }

    /// <summary>Makes a volume where there is none. To be called while the store is held.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isAnonymous">True when nobody has chosen the name.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Whether it was made.</returns>
    internal bool Require(string name, bool isAnonymous, CancellationToken cancellation)
    {
        if (Directory.Exists(PathOf(name)))
            return false;
        // Several containers that are made at once may want the same one.
        using (PartialDirectory partial = PartialDirectory.Create(Path.Join(_directory, name)))
        {
            cancellation.ThrowIfCancellationRequested();
            DirectoryHandle.CreateChild(partial.Handle, DataName).Dispose();
            File.SetUnixFileMode(Path.Join(partial.TemporaryPath, DataName), (UnixFileMode)0b111_101_101);
            byte[] document = JsonSerializer.SerializeToUtf8Bytes(new VolumeDocument { Created = DateTimeOffset.UtcNow, IsAnonymous = isAnonymous }, ContainerJson.Default.VolumeDocument);
            AtomicFile.Write(Path.Join(partial.TemporaryPath, DocumentName), document);
            File.SetUnixFileMode(partial.Handle, (UnixFileMode)0b111_000_001);
            try
            {
                partial.Complete();
                return true;
            }
            catch (NsToolsException failure) when (failure.ErrorId == "DestinationNotEmpty")
            {
                // Another was quicker.
                return false;
            }
        }
    }

    /// <summary>The directory that is mounted.</summary>
    internal string PathOf(string name) => Path.Join(_directory, name, DataName);

    /// <summary>Removes the anonymous volumes of a container that has gone; one that others have got hold of stays.</summary>
    internal void RemoveAnonymous(ContainerDocument document, CancellationToken cancellation)
    {
        string[] names = [.. document.Mounts.Where(mount => mount is { Type: ContainerMountType.Volume, IsAnonymous: true, Source: not null }).Select(mount => mount.Source!)];
        if (names.Length == 0 || !Directory.Exists(_directory))
            return;
        using SafeFileHandle held = DirectoryLock.Acquire(_directory, cancellation);
        DeleteUnused(names);
    }

    /// <summary>Removes volumes that were made for a container that has not come to be; what others use by now stays, and so does all while it is held.</summary>
    internal void RemoveUnused(IReadOnlyCollection<string> names)
    {
        using SafeFileHandle? held = names.Count > 0 ? DirectoryLock.TryAcquire(_directory) : null;
        if (held is not null)
            DeleteUnused(names);
    }

    private void DeleteUnused(IEnumerable<string> names)
    {
        ILookup<string, string> users = Users();
        foreach (string name in names.Where(name => !users.Contains(name) && Directory.Exists(Path.Join(_directory, name))))
            Delete(name, CancellationToken.None);
    }

    private void Delete(string name, CancellationToken cancellation)
    {
        using SafeFileHandle parent = DirectoryHandle.Open(_directory);
        string partial = PartialDirectory.NewName(name);
        DirectoryHandle.Rename(parent, name, partial);
        OwnedTree.Remove(parent, _directory, partial, cancellation);
    }

    private ContainerVolume? Describe(string name, ILookup<string, string> users) =>
        ContainerJson.Read(Path.Join(_directory, name, DocumentName), ContainerJson.Default.VolumeDocument) is not { } document
            ? null
            : new ContainerVolume { Name = name, Path = PathOf(name), Created = document.Created, IsAnonymous = document.IsAnonymous, Containers = [.. users[name]] };

    private ILookup<string, string> Users() => _containers.ReadAll()
        .SelectMany(container => container.Mounts.Where(mount => mount.Type == ContainerMountType.Volume).Select(mount => (mount.Source, container.Name)))
        .ToLookup(pair => pair.Source!, pair => pair.Name);

    private static NsToolsException NotFound(string name) => new(
        FailureKind.NotFound, "VolumeNotFound", $"There is no volume '{name}'.", "Get-ContainerVolume shows those that there are; a container that names one makes it.");
}
