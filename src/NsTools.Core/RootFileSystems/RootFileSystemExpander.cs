using NsTools.RootFileSystems.Archives;
using Tmds.Linux;

namespace NsTools.RootFileSystems;

/// <summary>Expands archives into root file systems.</summary>
public static class RootFileSystemExpander
{
    private const UnixFileMode RootMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>
    /// Expands a tar archive, plain or compressed with gzip, zstd, xz or bzip2 (told by its content), into a new
    /// directory. As root everything is preserved: owners, modes, times, links, devices, extended attributes. As an
    /// ordinary user likewise, but devices, where the user has subordinate IDs; the owner 0 is then the user. The
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
        long size = Fill(archive, content, partial, options, cancellation);
        partial.Complete();
        return RootFileSystemInspector.Inspect(destination) with { Source = Path.GetFullPath(archive), Size = size };
    }

    private static long Fill(string archive, ArchiveContent content, PartialDirectory partial, ExpansionOptions options, CancellationToken cancellation)
    {
        bool isRoot = LibC.geteuid() == 0;
        UserNamespaceTool? tool = UserNamespaceTool.ForCaller();
        if (!isRoot && tool is null)
        {
            options.Warning?.Invoke(
                $"All files become your own: {Environment.UserName} has no subordinate IDs for the archive's owners. "
                + $"To get some, as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {Environment.UserName}");
        }
        using DelegatedMetadata? delegated = tool is null ? null : new DelegatedMetadata(tool, partial.TemporaryPath, options.Warning);
        IMetadataPolicy metadata = delegated ?? (IMetadataPolicy)new DirectMetadata(setsOwner: isRoot, options.Warning);
        using var expansion = new TreeExpansion(archive, content, partial.Handle, metadata, options, cancellation);
        expansion.Run();
        // Made for the maker alone; docker export and others say nothing of the root, which every user must get through.
        if (!expansion.HasRootEntry)
            File.SetUnixFileMode(partial.Handle, RootMode);
        return expansion.Size;
    }
}
