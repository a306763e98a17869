using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems.Archives;
using Tmds.Linux;

namespace NsTools.RootFileSystems;

/// <summary>
/// Makes what the entries of one archive say, below one directory. Nothing that an archive says is believed: names
/// are resolved by <see cref="DirectoryCache"/>'s rules, so that no entry can reach anything outside.
/// </summary>
internal sealed class TreeExpansion : IDisposable
{
    private const long ProgressInterval = 100;

    private readonly string _archive;
    private readonly ArchiveContent _content;
    private readonly ExpansionOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly DirectoryCache _directories;
    private readonly TreeWriter _tree;
    private readonly IMetadataPolicy _metadata;
    private long _entries;
    private long _devicesSkipped;
    private long _nextProgress;

    /// <summary>Prepares an expansion.</summary>
    /// <param name="archive">Path of the archive, for messages.</param>
    /// <param name="content">The archive's content.</param>
    /// <param name="root">The directory; not owned.</param>
    /// <param name="metadata">Who sets owners, modes and times, and when; not owned.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends it.</param>
    public TreeExpansion(
        string archive, ArchiveContent content, SafeFileHandle root, IMetadataPolicy metadata, ExpansionOptions options, CancellationToken cancellation)
    {
        _archive = archive;
        _content = content;
        _options = options;
        _cancellation = cancellation;
        _metadata = metadata;
        _directories = new DirectoryCache(root);
        _tree = new TreeWriter(_directories);
    }

    /// <summary>Bytes of all files, holes counted.</summary>
    public long Size { get; private set; }

    /// <summary>Whether the archive has an entry for the directory itself, <c>./</c>.</summary>
    public bool HasRootEntry { get; private set; }

    /// <summary>Makes everything; the last metadata are set by <see cref="IMetadataPolicy.Complete"/>.</summary>
    /// <exception cref="NsToolsException">The archive is damaged or hostile, or a limit was passed.</exception>
    /// <exception cref="SyscallException">A file could not be made or written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Run()
    {
        var reader = new TarArchiveReader(_content);
        while (reader.Next() is { } entry)
        {
            _cancellation.ThrowIfCancellationRequested();
            ReportProgress(entry);
            RelativePath path = PathOf(entry, entry.Name, "is named");
            try
            {
                Make(reader, entry, path);
            }
            catch (SyscallException exception) when (exception.Name is "EXDEV" or "ELOOP" && exception.Syscall == "openat2")
            {
                throw Escape(entry, "leads through a symbolic link out of the destination", exception);
            }
            catch (SyscallException exception) when (exception.Name is "ENOTDIR" or "ENOTEMPTY" or "EISDIR" or "EEXIST" or "ENAMETOOLONG")
            {
                throw _content.Invalid("ArchiveEntryInvalid", $"the entry '{entry}' cannot be made ({exception.Message.TrimEnd('.')})", entry.Offset);
            }
            _entries++;
        }
        if (_devicesSkipped > 0)
            _options.Warning?.Invoke($"'{_archive}': {_devicesSkipped} device nodes were left out.");
        _metadata.Complete(_directories, _cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _directories.Dispose();

    private void Make(TarArchiveReader reader, TarEntry entry, RelativePath path)
    {
        switch (entry.Type)
        {
            case TarEntryType.File:
                MakeFile(reader, entry, path);
                return;
            case TarEntryType.Directory:
                HasRootEntry |= path.IsRoot;
                _tree.CreateDirectory(path);
                break;
            case TarEntryType.SymbolicLink:
                _tree.CreateSymbolicLink(path, LinkText(entry));
                break;
            case TarEntryType.HardLink:
                MakeHardLink(entry, path);
                return;
            default:
                if (!MakeNode(entry, path))
                    return;
                break;
        }
        _metadata.Set(_directories, path, entry.Type, entry.Metadata);
    }

    private void MakeFile(TarArchiveReader reader, TarEntry entry, RelativePath path)
    {
        if (_options.MaximumSize is { } maximum && entry.Size > maximum - Size)
        {
            throw new NsToolsException(
                FailureKind.LimitExceeded,
                "ArchiveTooLarge",
                $"'{_archive}': with '{entry}' ({entry.Size:N0} bytes) its files have {Size + (decimal)entry.Size:N0} bytes, more than the {maximum:N0} allowed. Nothing of it is left.",
                "If the archive is to be trusted, raise -MaximumSize.");
        }
        Size += entry.Size;
        using SafeFileHandle file = _tree.CreateFile(path);
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
        _metadata.SetFile(file, path, entry.Metadata);
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
                _cancellation.ThrowIfCancellationRequested();
                ReportProgress(entry);
            }
        }
    }

    private void MakeHardLink(TarEntry entry, RelativePath path)
    {
        RelativePath existing = PathOf(entry, entry.LinkName, "is a hard link to");
        try
        {
            _tree.CreateHardLink(path, existing);
        }
        catch (SyscallException exception) when (exception.Name == "ENOENT")
        {
            throw _content.Invalid(
                "ArchiveEntryInvalid", $"the entry '{entry}' is a hard link to '{existing}', which is not before it in the archive", entry.Offset);
        }
    }

    private bool MakeNode(TarEntry entry, RelativePath path)
    {
        if (entry.Type == TarEntryType.Fifo)
        {
            _tree.CreateNode(path, (uint)LibC.S_IFIFO, 0, 0);
            return true;
        }
        if (_options.SkipsDevices)
        {
            _devicesSkipped++;
            return false;
        }
        try
        {
            uint type = entry.Type == TarEntryType.CharacterDevice ? (uint)LibC.S_IFCHR : (uint)LibC.S_IFBLK;
            _tree.CreateNode(path, type, entry.DeviceMajor, entry.DeviceMinor);
            return true;
        }
        catch (SyscallException exception) when (exception is { Name: "EPERM", Syscall: "mknodat" })
        {
            throw new NsToolsException(
                FailureKind.PermissionDenied,
                "DeviceNotPermitted",
                $"'{_archive}', byte {entry.Offset}: the entry '{entry}' is a device node, which only root can make (mknod: EPERM).",
                "Run as root, or leave device nodes out with -SkipDevice: a new namespace gets its own /dev.",
                exception);
        }
    }

    private byte[] LinkText(TarEntry entry) =>
        entry.LinkName.Length > 0 && !entry.LinkName.Contains((byte)0)
            ? [.. entry.LinkName, 0]
            : throw _content.Invalid("ArchiveEntryInvalid", $"the symbolic link '{entry}' says nothing", entry.Offset);

    private RelativePath PathOf(TarEntry entry, byte[] name, string relation)
    {
        RelativePathProblem problem = RelativePath.TryParse(name, out RelativePath path);
        string shown = DisplayName.Of(name);
        return problem switch
        {
            RelativePathProblem.None => path,
            RelativePathProblem.Absolute => throw Escape(entry, $"{relation} '{shown}', an absolute name outside the destination"),
            RelativePathProblem.ParentReference => throw Escape(entry, $"{relation} '{shown}', which leads out of the destination by '..'"),
            _ => throw _content.Invalid("ArchiveEntryInvalid", $"the entry '{entry}' {relation} nothing that can be a file's name", entry.Offset),
        };
    }

    private NsToolsException Escape(TarEntry entry, string how, Exception? cause = null) => new(
        FailureKind.InvalidData,
        "ArchiveEntryEscapes",
        $"'{_archive}', byte {entry.Offset}: the entry '{entry}' {how}. The archive is refused and nothing of it is left.",
        "Do not use this archive unless you know why it does that.",
        cause);

    private void ReportProgress(TarEntry entry)
    {
        if (_options.Progress is not { } report || Environment.TickCount64 < _nextProgress)
            return;
        _nextProgress = Environment.TickCount64 + ProgressInterval;
        report(new ExpansionProgress(_content.ArchiveBytesRead, _content.ArchiveLength, _entries, Size, entry.ToString()));
    }
}
