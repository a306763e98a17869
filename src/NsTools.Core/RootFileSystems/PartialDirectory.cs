using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;

namespace NsTools.RootFileSystems;

/// <summary>
/// A directory in the making, <c>.NAME.RANDOM.partial</c> beside the one that it becomes. It is renamed when it is
/// whole, and removed otherwise; what a killed process leaves is removed by the next one that makes the same directory.
/// </summary>
internal sealed class PartialDirectory : IDisposable
{
    private const string Suffix = ".partial";
    private const int RandomLength = 8;
    private readonly string _destination;
    private readonly SafeFileHandle _parent;
    private readonly string _name;
    private bool _isDone;

    private PartialDirectory(string destination, SafeFileHandle parent, string name)
    {
        _destination = destination;
        _parent = parent;
        _name = name;
        Handle = DirectoryHandle.CreateChild(parent, name);
        // As long as it is held, nobody takes it for a leftover.
        DirectoryHandle.TryLock(Handle);
    }

    /// <summary>The directory.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Its path while it is in the making.</summary>
    public string TemporaryPath => Path.Join(Path.GetDirectoryName(_destination), _name);

    /// <summary>True when a file name is that of a directory in the making, or in removal.</summary>
    public static bool IsPartialName(string name) => NameOf(name) is not null;

    /// <summary>What a directory in the making is to be called; null for the name of anything else.</summary>
    public static string? NameOf(string name) =>
        name.StartsWith('.') && name.EndsWith(Suffix, StringComparison.Ordinal) && name.Length > RandomLength + Suffix.Length + 2
            && name[^(Suffix.Length + RandomLength + 1)] == '.'
            ? name[1..^(Suffix.Length + RandomLength + 1)]
            : null;

    /// <summary>A name for a directory in the making, or in removal.</summary>
    public static string NewName(string name) => $".{name}.{Guid.NewGuid().ToString("N")[..RandomLength]}{Suffix}";

    /// <summary>Makes the directory.</summary>
    /// <param name="destination">Absolute path of the directory that it is to become: none, or an empty one.</param>
    /// <exception cref="NsToolsException">
    /// Something is there already (<c>DestinationNotEmpty</c>, <c>DestinationNotADirectory</c>, <c>DestinationIsMountPoint</c>),
    /// or its parent is not (<c>DestinationParentNotFound</c>).
    /// </exception>
    public static PartialDirectory Create(string destination)
    {
        string parentPath = Path.GetDirectoryName(destination)
            ?? throw new NsToolsException(FailureKind.AlreadyExists, "DestinationNotEmpty", "The destination is '/'.", "Choose a directory that does not exist yet.");
        if (!Directory.Exists(parentPath))
        {
            throw new NsToolsException(
                FailureKind.NotFound,
                "DestinationParentNotFound",
                $"The destination's parent directory '{parentPath}' does not exist.",
                $"Make it: New-Item -ItemType Directory '{parentPath}'.");
        }
        CheckDestination(destination);
        SafeFileHandle parent = DirectoryHandle.Open(parentPath);
        try
        {
            string name = Path.GetFileName(destination);
            RemoveLeftovers(parent, parentPath, name);
            return new PartialDirectory(destination, parent, NewName(name));
        }
        catch
        {
            parent.Dispose();
            throw;
        }
    }

    /// <summary>Gives it its real name.</summary>
    /// <exception cref="NsToolsException">Meanwhile something has come there.</exception>
    public void Complete()
    {
        try
        {
            DirectoryHandle.Rename(_parent, _name, Path.GetFileName(_destination));
        }
        catch (SyscallException exception) when (exception.Name is "ENOTEMPTY" or "EEXIST" or "ENOTDIR")
        {
            throw NotEmpty(_destination);
        }
        _isDone = true;
    }

    /// <summary>Gives it another name than it was made for, which turned out with its content.</summary>
    /// <param name="name">The name.</param>
    /// <returns>False when something has that name: another process was quicker with the same content, and this one goes.</returns>
    public bool TryCompleteAs(string name)
    {
        try
        {
            DirectoryHandle.Rename(_parent, _name, name);
        }
        catch (SyscallException exception) when (exception.Name is "ENOTEMPTY" or "EEXIST" or "ENOTDIR")
        {
            return false;
        }
        return _isDone = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            if (!_isDone)
                OwnedTree.Remove(_parent, Path.GetDirectoryName(_destination)!, _name, CancellationToken.None);
        }
        finally
        {
            Handle.Dispose();
            _parent.Dispose();
        }
    }

    private static void CheckDestination(string destination)
    {
        FileAttributes attributes;
        try
        {
            attributes = File.GetAttributes(destination);
        }
        catch (FileNotFoundException)
        {
            return;
        }
        if (!attributes.HasFlag(FileAttributes.Directory) || new FileInfo(destination).LinkTarget is not null)
        {
            throw new NsToolsException(
                FailureKind.AlreadyExists,
                "DestinationNotADirectory",
                $"The destination '{destination}' exists and is not a directory.",
                "Choose a path that does not exist yet, or an empty directory.");
        }
        if (Directory.EnumerateFileSystemEntries(destination).Any())
            throw NotEmpty(destination);
        using SafeFileHandle handle = DirectoryHandle.Open(destination);
        if (DirectoryHandle.IsMountPoint(handle))
        {
            throw new NsToolsException(
                FailureKind.InvalidState,
                "DestinationIsMountPoint",
                $"The destination '{destination}' is a mount point, which cannot be replaced by the finished tree.",
                $"Choose a directory below it: '{Path.Join(destination, "root")}'.");
        }
    }

    private static NsToolsException NotEmpty(string destination) => new(
        FailureKind.AlreadyExists,
        "DestinationNotEmpty",
        $"The destination '{destination}' exists and is not empty.",
        $"Choose another, or remove it first: Remove-RootFileSystem '{destination}'.");

    private static void RemoveLeftovers(SafeFileHandle parent, string parentPath, string name)
    {
        foreach (string path in Directory.EnumerateDirectories(parentPath))
        {
            string leftover = Path.GetFileName(path);
            if (NameOf(leftover) != name)
                continue;
            using SafeFileHandle handle = DirectoryHandle.OpenChild(parent, leftover);
            if (DirectoryHandle.TryLock(handle))
                OwnedTree.Remove(parent, parentPath, leftover, CancellationToken.None);
        }
    }
}
