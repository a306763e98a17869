using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Namespaces;

public sealed partial class NamespaceStore
{
    // How long to wait for another process that makes or removes the same set: both take some milliseconds.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Claims a name: of several claims at once exactly one succeeds.</summary>
    /// <param name="name">The name.</param>
    /// <param name="cancellation">Ends waiting for the store's lock.</param>
    /// <returns>The claim, undone when it is disposed before it was kept.</returns>
    /// <exception cref="NsToolsException">The name cannot be one (<c>InvalidNamespaceName</c>) or is taken (<c>NamespaceExists</c>).</exception>
    /// <exception cref="SyscallException">The directory cannot be prepared.</exception>
    internal NamespaceClaim Claim(string name, CancellationToken cancellation)
    {
        NamespaceName.Validate(name);
        CreateRunRoot();
        string entry = EntryOf(name);
        using SafeFileHandle store = DirectoryLock.Acquire(_runRoot, cancellation);
        PrepareDirectory();
        if (Directory.Exists(entry))
        {
            throw new NsToolsException(
                FailureKind.AlreadyExists,
                "NamespaceExists",
                $"A namespace set named '{name}' exists already: {entry}.",
                $"Choose another name, or remove that one with Remove-Namespace -Name {name}.");
        }
        Directory.CreateDirectory(entry);
        try
        {
            return new NamespaceClaim(this, name, entry, DirectoryLock.Acquire(entry, cancellation));
        }
        catch
        {
            Directory.Delete(entry);
            throw;
        }
    }

    /// <summary>Takes a set's directory for removal.</summary>
    /// <param name="name">The set's name.</param>
    /// <param name="cancellation">Ends waiting for another process that works on the set.</param>
    /// <returns>What is to be removed; null when there is no such set (any more).</returns>
    /// <exception cref="NsToolsException">Another process has been working on it for too long (<c>NamespaceBusy</c>).</exception>
    internal NamespaceRemoval? Take(string name, CancellationToken cancellation)
    {
        string entry = EntryOf(name);
        long deadline = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        while (NamespaceName.IsValid(name) && Directory.Exists(_directory))
        {
            using (SafeFileHandle store = DirectoryLock.Acquire(_runRoot, cancellation))
            {
                if (!Directory.Exists(entry))
                    return null;
                if (DirectoryLock.TryAcquire(entry) is { } held)
                    return new NamespaceRemoval(this, name, entry, held);
            }
            if (Environment.TickCount64 > deadline)
            {
                throw new NsToolsException(
                    FailureKind.InvalidState,
                    "NamespaceBusy",
                    $"Another process is making or removing the namespace set '{name}': {entry}.",
                    "Try again when it has finished.");
            }
            cancellation.ThrowIfCancellationRequested();
            Thread.Sleep(s_pause);
        }
        return null;
    }

    /// <summary>Takes everything of a set away but its processes, and its directory with it.</summary>
    /// <param name="name">The set's name.</param>
    /// <param name="entry">Its locked directory.</param>
    internal void Erase(string name, string entry)
    {
        NamespaceSetDocument? document = NamespaceSetDocument.Read(entry);
        string networkPin = Path.Combine(entry, NamespaceType.Network.ProcName());
        if (document is { HasNetworkName: true })
            NetworkNamespaceDirectory.Remove(name, document.Namespaces.TryGetValue(NamespaceType.Network, out long id) ? id : null);
        else if (NamespaceFile.Identify(networkPin) is { } pinned && NamespaceFile.Identify(NetworkNamespaceDirectory.PathOf(name)) == pinned)
            NetworkNamespaceDirectory.Remove(name, pinned);
        // The document goes last: until then a crash leaves what tells the next remover about /run/netns.
        foreach (string file in Directory.GetFiles(entry).OrderBy(f => Path.GetFileName(f) == NamespaceSetDocument.FileName))
        {
            // Asked first: an ordinary user may not even try to unmount.
            if (NamespaceFile.IsMountPoint(file))
                NamespaceFile.Unpin(file);
            File.Delete(file);
        }
        using SafeFileHandle store = DirectoryLock.Acquire(_runRoot, CancellationToken.None);
        Directory.Delete(entry);
        RemoveDirectoryIfEmpty();
    }

    private void CreateRunRoot()
    {
        if (!Directory.Exists(_runRoot))
        {
            const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
            Directory.CreateDirectory(_runRoot, LibC.geteuid() == 0 ? Owner | Others : Owner);
        }
        // /tmp/nstools-UID is a path that anybody could have made before us.
        if (FileOwner.Of(_runRoot) is var owner && owner != (uint)LibC.geteuid() && owner != 0)
        {
            throw new NsToolsException(
                FailureKind.PermissionDenied,
                "RunRootNotOwned",
                string.Create(CultureInfo.InvariantCulture, $"'{_runRoot}' belongs to user {owner}, who could tamper with what is kept there."),
                "Set NSTOOLS_RUNROOT or XDG_RUNTIME_DIR to a directory of your own.");
        }
    }

    /// <summary>
    /// Makes the directory, as root a private mount on itself: a mount namespace's file can be bound on a private
    /// mount only (a shared one would carry it into the very namespace that it stands for).
    /// </summary>
    private void PrepareDirectory()
    {
        Directory.CreateDirectory(_directory);
        if (!PinRights.CanPin)
            return;
        if (!NamespaceFile.IsMountPoint(_directory))
            NamespaceFile.MountOnItself(_directory);
        NamespaceFile.MakePrivate(_directory);
    }

    /// <summary>The last set's removal leaves nothing behind; needs the store's lock.</summary>
    internal void RemoveDirectoryIfEmpty()
    {
        if (!Directory.Exists(_directory) || Directory.EnumerateFileSystemEntries(_directory).Any())
            return;
        if (PinRights.CanPin && NamespaceFile.IsMountPoint(_directory))
            NamespaceFile.Unpin(_directory);
        Directory.Delete(_directory);
    }
}
