using NsTools.RootFileSystems.Archives;
using Tmds.Linux;

namespace NsTools.RootFileSystems;

/// <summary>Expands archives into root file systems.</summary>
public static class RootFileSystemExpander
{
    /// <summary>
    /// Expands a tar archive, plain or compressed with gzip, zstd, xz or bzip2 (told by its content), into a new
    /// directory. As root everything is preserved: owners, modes, times, links, devices, extended attributes. The
    /// directory appears under its name only when it is whole; on any failure nothing is left.
    /// </summary>
    /// <param name="archive">Path of the archive.</param>
    /// <param name="destination">Absolute path of the directory: none, or an empty one.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends it, and leaves nothing.</param>
    /// <exception cref="NsToolsException">
    /// The archive is not there, damaged, truncated, hostile or too large, or the destination is taken.
    /// </exception>
    /// <exception cref="Interop.Syscalls.SyscallException">A file could not be made: the disk is full, …</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static RootFileSystem Expand(string archive, string destination, ExpansionOptions options, CancellationToken cancellation)
    {
        destination = Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination));
        using ArchiveContent content = ArchiveContent.Open(archive, cancellation);
        using PartialDirectory partial = PartialDirectory.Create(destination);
        long size;
        bool isRoot = LibC.geteuid() == 0;
        var metadata = new DirectMetadata(setsOwner: isRoot, options.Warning);
        using (var expansion = new TreeExpansion(archive, content, partial.Handle, metadata, options, cancellation))
        {
            expansion.Run();
            size = expansion.Size;
        }
        partial.Complete();
        return RootFileSystemInspector.Inspect(destination) with { Source = Path.GetFullPath(archive), Size = size };
    }
}
