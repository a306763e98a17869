using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.State;

/// <summary>The containers under <c>--root</c>: one directory each, named by its ID.</summary>
/// <param name="root">The directory.</param>
internal sealed unsafe class ContainerStore(string root)
{
    private const int OwnerOnly = 0b111_000_000;

    /// <summary>The directory.</summary>
    public string Directory => root;

    /// <summary>Claims an ID: makes its directory, and locks it for as long as the container is being made.</summary>
    /// <param name="id">The ID.</param>
    /// <param name="directoryLock">The lock.</param>
    /// <exception cref="ContainerException">It is no ID, or is taken.</exception>
    /// <exception cref="SyscallException">The directory cannot be made.</exception>
    public Container Claim(string id, out SafeFileHandle directoryLock)
    {
        ContainerId.Require(id);
        MakeRoot();
        string directory = DirectoryOf(id);
        fixed (byte* path = PathBytes.Of(directory))
        {
            if (mkdir(path, OwnerOnly) < 0)
            {
                throw errno == EEXIST
                    ? new ContainerException($"container with id '{id}' already exists")
                    : SyscallException.FromLastError("mkdir", directory);
            }
        }
        directoryLock = DirectoryLock.Acquire(directory, CancellationToken.None);
        return new Container(directory, id);
    }

    /// <summary>True when there is one of this ID.</summary>
    /// <param name="id">Its ID.</param>
    /// <exception cref="ContainerException">It is no ID.</exception>
    public bool Has(string id)
    {
        ContainerId.Require(id);
        return System.IO.Directory.Exists(DirectoryOf(id));
    }

    /// <summary>A container that is there, whatever state its files are in.</summary>
    /// <param name="id">Its ID.</param>
    /// <exception cref="ContainerException">There is none.</exception>
    public Container Find(string id)
    {
        ContainerId.Require(id);
        string directory = DirectoryOf(id);
        return System.IO.Directory.Exists(directory) ? new Container(directory, id) : throw Missing(id);
    }

    /// <summary>A container that is there, and the lock without which nobody changes it.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="directoryLock">The lock.</param>
    /// <exception cref="ContainerException">There is none, or it was deleted while we waited.</exception>
    public Container FindLocked(string id, out SafeFileHandle directoryLock)
    {
        Container container = Find(id);
        try
        {
            directoryLock = DirectoryLock.Acquire(container.Directory, CancellationToken.None);
        }
        catch (SyscallException failure) when (failure.Number == ENOENT)
        {
            throw Missing(id);
        }
        if (IsStillThere(directoryLock, container.Directory))
            return container;
        directoryLock.Dispose();
        throw Missing(id);
    }

    /// <summary>All containers, by ID.</summary>
    public IEnumerable<Container> All()
    {
        if (!System.IO.Directory.Exists(root))
            return [];
        return System.IO.Directory.GetDirectories(root)
            .Order(StringComparer.Ordinal)
            .Select(directory => new Container(directory, Path.GetFileName(directory)));
    }

    private string DirectoryOf(string id) => $"{root.TrimEnd('/')}/{id}";

    private static ContainerException Missing(string id) => new($"container '{id}' does not exist");

    // The name may by now be that of a directory that somebody else has made since.
    private static bool IsStillThere(SafeFileHandle locked, string directory)
    {
        Tmds.Linux.stat held, found;
        fixed (byte* path = PathBytes.Of(directory))
            return fstat(Descriptor.Number(locked), &held) == 0 && stat(path, &found) == 0 && held.st_ino == found.st_ino && held.st_dev == found.st_dev;
    }

    private void MakeRoot()
    {
        fixed (byte* path = PathBytes.Of(root))
        {
            if (mkdir(path, OwnerOnly) == 0 || errno == EEXIST)
                return;
        }
        try
        {
            System.IO.Directory.CreateDirectory(root, (UnixFileMode)OwnerOnly);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException($"the directory for the state of containers cannot be made: {exception.Message}");
        }
    }
}
