using Microsoft.Win32.SafeHandles;
using NsTools.Commands;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;
using Tmds.Linux;

namespace NsTools.Containers.Volumes;

/// <summary>Fills a volume that is mounted for the first time with what the image has in its place, as Podman and Docker do.</summary>
/// <param name="root">The container's root.</param>
/// <param name="user">The container's user.</param>
internal sealed class VolumeFiller(SafeFileHandle root, UserAccount user)
{
    /// <summary>Fills a volume, when there is nothing in it.</summary>
    /// <param name="mount">The mount.</param>
    /// <param name="directory">The volume's directory.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="SyscallException">A file cannot be read or made.</exception>
    public void Fill(ContainerMount mount, string directory, CancellationToken cancellation)
    {
        using SafeFileHandle volume = DirectoryHandle.Open(directory);
        if (DirectoryListing.Read(volume).Count == 0)
        {
            using SafeFileHandle? place = OpenDirectory(mount.Destination);
            if (place is not null)
                FillFrom(place, volume, mount.CopiesUp, cancellation);
            else if (LibC.geteuid() == 0)
                FileOwner.Set(volume, user.UserId, user.GroupId);
        }
        if (mount.ChangesOwner)
            GiveAway(volume, cancellation);
    }

    /// <summary>Gives all that is in a directory to the container's user (option <c>U</c>).</summary>
    /// <param name="path">The directory, or a single file.</param>
    /// <param name="cancellation">Ends it.</param>
    public void GiveAway(string path, CancellationToken cancellation)
    {
        using SafeFileHandle top = Descriptor.Open(path, LibC.O_PATH);
        GiveAway(top, cancellation);
    }

    // The directory itself has its owner, mode and time from there whether its content is copied or not.
    private static void FillFrom(SafeFileHandle place, SafeFileHandle volume, bool copiesContent, CancellationToken cancellation)
    {
        if (copiesContent)
            new FileTreeCopy { CopiesDevices = true, CrossesMounts = false }.Copy(place, volume, cancellation);
        using SafeFileHandle readable = Descriptor.Reopen(place, LibC.O_RDONLY | LibC.O_DIRECTORY);
        // An ordinary user can give nothing away: what is in its volumes belongs to its containers' root.
        if (LibC.geteuid() == 0)
            DirectoryMetadata.Copy(readable, volume);
        else
            File.SetUnixFileMode(volume, File.GetUnixFileMode(readable));
    }

    private void GiveAway(SafeFileHandle top, CancellationToken cancellation)
    {
        if (LibC.geteuid() != 0)
            throw new NsToolsException(FailureKind.PermissionDenied, "OwnerNotPermitted", "Only root may give files away, which the option U asks for.", "Leave it out: root in your containers is you.");
        foreach (FileTreeItem item in new FileTree(top, crossesMounts: false).Read(cancellation))
            item.SetOwner(user.UserId, user.GroupId);
    }

    private SafeFileHandle? OpenDirectory(string path)
    {
        try
        {
            return PathInRoot.TryOpen(root, path, LibC.O_PATH | LibC.O_DIRECTORY);
        }
        catch (SyscallException failure) when (failure.Name is "ENOTDIR" or "ELOOP")
        {
            return null;
        }
    }
}
