using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems.Archives;
using Tmds.Linux;

namespace NsTools.RootFileSystems;

/// <summary>Makes single entries of one archive below a directory. Where they go is its caller's matter; see <see cref="TreeWriter"/>.</summary>
/// <param name="archive">What errors call the archive.</param>
/// <param name="content">The archive's content.</param>
/// <param name="directories">The tree.</param>
/// <param name="tree">Writes it.</param>
/// <param name="metadata">Who sets owners, modes and times, and when.</param>
/// <param name="options">How.</param>
/// <param name="totals">Counts what is made.</param>
/// <param name="cancellation">Ends it.</param>
internal sealed class EntryMaker(
    string archive,
    ArchiveContent content,
    DirectoryCache directories,
    TreeWriter tree,
    IMetadataPolicy metadata,
    ExpansionOptions options,
    ExpansionTotals totals,
    CancellationToken cancellation)
{
    private const long ProgressInterval = 100;

    /// <summary>Makes what an entry says.</summary>
    /// <param name="reader">Has its content.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="path">Where.</param>
    /// <param name="existing">For a hard link what it is another name of.</param>
    /// <exception cref="NsToolsException">The archive is damaged or hostile, or a limit was passed.</exception>
    /// <exception cref="SyscallException">A file could not be made or written.</exception>
    public void Make(TarArchiveReader reader, TarEntry entry, RelativePath path, RelativePath? existing)
    {
        try
        {
            if (MakeEntry(reader, entry, path, existing))
                metadata.Set(directories, path, entry.Type, entry.Metadata);
        }
        catch (SyscallException exception) when (exception.Name is "EXDEV" or "ELOOP" && exception.Syscall == "openat2")
        {
            throw Escape(entry, "leads through a symbolic link out of the destination", exception);
        }
        catch (SyscallException exception) when (exception.Name is "ENOTDIR" or "ENOTEMPTY" or "EISDIR" or "EEXIST" or "ENAMETOOLONG")
        {
            throw content.Invalid("ArchiveEntryInvalid", $"the entry '{entry}' cannot be made ({exception.Message.TrimEnd('.')})", entry.Offset);
        }
        totals.Entries++;
    }

    /// <summary>A name of the archive's as a path below the destination.</summary>
    /// <param name="entry">Whose name it is.</param>
    /// <param name="name">The name.</param>
    /// <param name="relation">What the entry has to do with it, for errors.</param>
    /// <exception cref="NsToolsException">It is none (<c>ArchiveEntryEscapes</c>, <c>ArchiveEntryInvalid</c>).</exception>
    public RelativePath PathOf(TarEntry entry, byte[] name, string relation)
    {
        RelativePathProblem problem = RelativePath.TryParse(name, out RelativePath path);
        string shown = DisplayName.Of(name);
        return problem switch
        {
            RelativePathProblem.None => path,
            RelativePathProblem.Absolute => throw Escape(entry, $"{relation} '{shown}', an absolute name outside the destination"),
            RelativePathProblem.ParentReference => throw Escape(entry, $"{relation} '{shown}', which leads out of the destination by '..'"),
            _ => throw content.Invalid("ArchiveEntryInvalid", $"the entry '{entry}' {relation} nothing that can be a file's name", entry.Offset),
        };
    }

    /// <summary>The error for an entry that would be made outside of the destination.</summary>
    /// <param name="entry">It.</param>
    /// <param name="how">How it would get there.</param>
    /// <param name="cause">The cause.</param>
    public NsToolsException Escape(TarEntry entry, string how, Exception? cause = null) => new(
        FailureKind.InvalidData,
        "ArchiveEntryEscapes",
        $"'{archive}', byte {entry.Offset}: the entry '{entry}' {how}. The archive is refused and nothing of it is left.",
        "Do not use this archive unless you know why it does that.",
        cause);

    /// <summary>Tells how far it has come, now and then.</summary>
    /// <param name="entry">What is being made.</param>
    public void ReportProgress(TarEntry entry)
    {
        if (options.Progress is not { } report || Environment.TickCount64 < totals.NextProgress)
            return;
        totals.NextProgress = Environment.TickCount64 + ProgressInterval;
        report(new ExpansionProgress(totals.BytesRead + content.ArchiveBytesRead, totals.Length > 0 ? totals.Length : content.ArchiveLength, totals.Entries, totals.Size, entry.ToString()));
    }

    // Whether its metadata is still to be set.
    private bool MakeEntry(TarArchiveReader reader, TarEntry entry, RelativePath path, RelativePath? existing)
    {
        switch (entry.Type)
        {
            case TarEntryType.File:
                MakeFile(reader, entry, path);
                return false;
            case TarEntryType.Directory:
                tree.CreateDirectory(path);
                return true;
            case TarEntryType.SymbolicLink:
                tree.CreateSymbolicLink(path, LinkText(entry));
                return true;
            case TarEntryType.HardLink:
                MakeHardLink(entry, path, existing!);
                return false;
            default:
                return MakeNode(entry, path);
        }
    }

    private void MakeFile(TarArchiveReader reader, TarEntry entry, RelativePath path)
    {
        if (totals.MaximumSize is { } maximum && entry.Size > maximum - totals.Size)
        {
            throw new NsToolsException(
                FailureKind.LimitExceeded,
                "ArchiveTooLarge",
                $"'{archive}': with '{entry}' ({entry.Size:N0} bytes) its files have {totals.Size + (decimal)entry.Size:N0} bytes, more than the {maximum:N0} allowed. Nothing of it is left.",
                "If the archive is to be trusted, raise -MaximumSize.");
        }
        totals.Size += entry.Size;
        using SafeFileHandle file = tree.CreateFile(path);
        if (entry.Extents is { } extents)
        {
            FileContent.SetLength(file, entry.Size, path);
            foreach ((long offset, long length) in extents)
                Write(reader, entry, file, path, offset, length);
        }
        else
        {
            Write(reader, entry, file, path, 0, entry.Size);
        }
        metadata.SetFile(file, path, entry.Metadata);
    }

    private void Write(TarArchiveReader reader, TarEntry entry, SafeFileHandle file, RelativePath path, long offset, long length)
    {
        for (long end = offset + length; offset < end;)
        {
            ReadOnlySpan<byte> part = reader.TakeContent(end - offset);
            FileContent.Write(file, part, offset, path);
            offset += part.Length;
            if (offset < end)
            {
                cancellation.ThrowIfCancellationRequested();
                ReportProgress(entry);
            }
        }
    }

    private void MakeHardLink(TarEntry entry, RelativePath path, RelativePath existing)
    {
        try
        {
            tree.CreateHardLink(path, existing);
        }
        catch (SyscallException exception) when (exception.Name == "ENOENT")
        {
            throw content.Invalid(
                "ArchiveEntryInvalid", $"the entry '{entry}' is a hard link to '{existing}', which is not before it in the archive", entry.Offset);
        }
        catch (SyscallException exception) when (exception is { Name: "EPERM", Syscall: "linkat" })
        {
            throw content.Invalid("ArchiveEntryInvalid", $"the entry '{entry}' is a hard link to '{existing}', which is a directory", entry.Offset);
        }
    }

    private bool MakeNode(TarEntry entry, RelativePath path)
    {
        if (entry.Type == TarEntryType.Fifo)
        {
            tree.CreateNode(path, (uint)LibC.S_IFIFO, 0, 0);
            return true;
        }
        if (options.SkipsDevices)
        {
            totals.DevicesSkipped++;
            return false;
        }
        try
        {
            uint type = entry.Type == TarEntryType.CharacterDevice ? (uint)LibC.S_IFCHR : (uint)LibC.S_IFBLK;
            tree.CreateNode(path, type, entry.DeviceMajor, entry.DeviceMinor);
            return true;
        }
        catch (SyscallException exception) when (exception is { Name: "EPERM", Syscall: "mknodat" })
        {
            throw new NsToolsException(
                FailureKind.PermissionDenied,
                "DeviceNotPermitted",
                $"'{archive}', byte {entry.Offset}: the entry '{entry}' is a device node, which only root can make (mknod: EPERM).",
                "Run as root, or leave device nodes out with -SkipDevice: a new namespace gets its own /dev.",
                exception);
        }
    }

    private byte[] LinkText(TarEntry entry) =>
        entry.LinkName.Length > 0 && !entry.LinkName.Contains((byte)0)
            ? [.. entry.LinkName, 0]
            : throw content.Invalid("ArchiveEntryInvalid", $"the symbolic link '{entry}' says nothing", entry.Offset);
}
