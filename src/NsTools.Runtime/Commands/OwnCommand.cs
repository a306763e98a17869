using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary>
/// <c>nsrun own</c>: sets owners, modes, attributes and times of the files below the working directory, from the
/// <see cref="MetadataRecord"/>s on standard input. The module runs it in a user namespace with the user's subordinate
/// IDs. What could not be set goes to standard output, a line each.
/// </summary>
internal static class OwnCommand
{
    // A name and its type are looked at and then set by the same name: only the user could change it between, and to
    // nothing but another file of the same tree.
    public static int Run()
    {
        try
        {
            using SafeFileHandle root = DirectoryHandle.Open(".");
            using var directories = new DirectoryCache(root);
            using var input = new BufferedStream(new FileStream(new SafeFileHandle(STDIN_FILENO, ownsHandle: false), FileAccess.Read, bufferSize: 0), 256 * 1024);
            var writer = new MetadataWriter(setsOwner: true, static (path, attribute) => StandardStream.WriteOutput($"{attribute}\t{path}\n"), clearsAttributes: true);
            foreach (MetadataRecord record in MetadataRecord.ReadAll(input))
                Apply(directories, writer, record);
            return 0;
        }
        catch (SyscallException exception) when (exception is { Name: "EINVAL", Syscall: "fchown" or "fchownat" })
        {
            return StandardStream.Fail($"{exception.Message} Its owner is not among the mapped IDs.");
        }
        catch (Exception exception) when (exception is SyscallException or IOException)
        {
            return StandardStream.Fail(exception.Message);
        }
    }

    private static unsafe void Apply(DirectoryCache directories, MetadataWriter writer, in MetadataRecord record)
    {
        SafeFileHandle parent;
        try
        {
            parent = record.Path.IsRoot ? directories.Root : directories.ExistingParentOf(record.Path);
        }
        catch (SyscallException gone) when (gone.Name is "ENOENT" or "ENOTDIR" or "ELOOP" or "EXDEV")
        {
            // A later layer of the image has taken its directory away.
            return;
        }
        stat status;
        fixed (byte* name = record.Path.IsRoot ? ".\0"u8 : record.Path.TerminatedName)
        {
            // A later entry of the archive has replaced it: that one has its own record.
            if (fstatat(Descriptor.Number(parent), name, &status, AT_SYMLINK_NOFOLLOW) < 0
                || (uint)(status.st_mode & S_IFMT) != record.Type || (ulong)status.st_ino != record.Inode)
                return;
        }
        if (record.Type == (uint)S_IFDIR)
            writer.ApplyToDirectory(directories, record.Path, record.Metadata);
        else
            writer.ApplyAt(parent, record.Path, record.Metadata, record.Type == (uint)S_IFLNK, isNew: false);
    }
}
