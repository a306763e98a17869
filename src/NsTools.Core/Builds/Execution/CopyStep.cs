using Microsoft.Win32.SafeHandles;
using NsTools.Builds.Contexts;
using NsTools.Commands;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;
using NsTools.RootFileSystems.Archives;
using Tmds.Linux;

namespace NsTools.Builds.Execution;

/// <summary>Copies into an image that is being built, and never outside it.</summary>
/// <param name="plan">What.</param>
/// <param name="selection">The tree that it is copied from.</param>
/// <param name="remotes">What came from other machines; null for nothing.</param>
/// <param name="root">The image's root.</param>
/// <param name="cancellation">Ends it.</param>
internal sealed class CopyStep(CopyPlan plan, SourceSelection selection, SourceSelection? remotes, SafeFileHandle root, CancellationToken cancellation)
{
    // As Docker and Buildah have it: a program of the context gets no more rights by being copied; --chmod gives them.
    private const ushort SetIdBits = 0b110_000_000_000;
    private const UnixFileMode OwnDirectory = (UnixFileMode)0b111_101_101;
    private readonly (uint UserId, uint GroupId) _owner = OwnerOf(plan, root);

    /// <summary>Gets the large files, whose content then stays where it is; null copies all contents.</summary>
    public StandIns? StandIns { get; init; }

    /// <summary>Keeps the hashes of those, once they are read.</summary>
    public ContentMemory? Memory { get; init; }

    /// <summary>Copies all of it.</summary>
    /// <param name="warn">Is told what could not be copied whole.</param>
    /// <exception cref="SyscallException">A file cannot be read or written.</exception>
    /// <exception cref="NsToolsException">An archive is damaged, or the destination no directory.</exception>
    public void Run(Action<string>? warn)
    {
        foreach ((SelectedSource source, Func<RelativePath, bool>? excluded) in plan.Sources)
            Copy(selection, source, excluded, plan.Unpacks, warn);
        foreach ((SelectedSource source, Func<RelativePath, bool>? excluded) in plan.Remotes)
            Copy(remotes!, source, excluded, plan.UnpacksRemotes, warn);
        foreach (CopiedText text in plan.Texts)
            Write(text);
    }

    /// <summary>Makes the directories that WORKDIR named, for the user that it stood under.</summary>
    /// <param name="root">The image's root.</param>
    /// <param name="state">The stage.</param>
    /// <exception cref="NsToolsException">There is no such user.</exception>
    public static void MakePending(SafeFileHandle root, StageState state)
    {
        foreach ((string path, string? user) in state.PendingDirectories)
        {
            UserAccount? account = user is { Length: > 0 } ? new UserDatabase(root).Resolve(user) : null;
            MakeDirectory(root, path, (account?.UserId ?? 0, account?.GroupId ?? 0)).Dispose();
        }
    }

    /// <summary>Makes a directory and those above it, where they are missing.</summary>
    /// <param name="root">The image's root.</param>
    /// <param name="path">Its absolute path.</param>
    /// <param name="owner">Who they belong to.</param>
    public static SafeFileHandle MakeDirectory(SafeFileHandle root, string path, (uint UserId, uint GroupId) owner)
    {
        SafeFileHandle directory = PathInRoot.Open(root, "/", LibC.O_PATH | LibC.O_DIRECTORY);
        string made = "";
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            directory.Dispose();
            made = $"{made}/{part}";
            directory = PathInRoot.OpenTarget(root, made, isDirectory: true, out bool isNew);
            if (!isNew)
                continue;
            using SafeFileHandle readable = Descriptor.Reopen(directory, LibC.O_RDONLY | LibC.O_DIRECTORY);
            FileOwner.Set(directory, owner.UserId, owner.GroupId);
            // Whatever the caller's umask is.
            File.SetUnixFileMode(readable, OwnDirectory);
        }
        return directory;
    }

    private void Copy(SourceSelection from, SelectedSource source, Func<RelativePath, bool>? excluded, bool unpacks, Action<string>? warn)
    {
        using SafeFileHandle top = from.Open(source);
        if (!source.IsDirectory && unpacks && OpenArchive(top, source) is { } archive)
        {
            using (archive)
                Unpack(archive, source, warn);
            return;
        }
        string? kept = plan.KeepsParents ? source.KeptPath : null;
        (SafeFileHandle directory, RelativePath name) = Place(source.Name, source.IsDirectory, kept);
        using (directory)
        {
            FileTreeCopy copy = new() { Destination = name, CopiesTop = !source.IsDirectory || kept is not null, Owner = plan.KeepsOwners ? null : _owner, Mode = plan.Mode, ClearedMode = plan.IsFromContext ? SetIdBits : (ushort)0, Excludes = excluded, CopiesDevices = true, Defers = StandIns is null ? null : Defer, Warning = warn };
            copy.Copy(top, directory, cancellation);
        }
    }

    // Where a source goes: a directory of the image, and a name in it.
    private (SafeFileHandle Directory, RelativePath Name) Place(string name, bool isDirectory, string? sourcePath)
    {
        string destination = plan.Destination;
        if (sourcePath is not null)
            (destination, name) = (Path.Join(destination, Path.GetDirectoryName(sourcePath)), Path.GetFileName(sourcePath));
        else if (isDirectory)
            return (MakeDirectory(root, destination, _owner), RelativePath.Root);
        else if (!plan.IsIntoDirectory && !IsDirectory(destination))
            (destination, name) = (Path.GetDirectoryName(destination) ?? "/", Path.GetFileName(destination));
        return (MakeDirectory(root, destination, _owner), RelativePath.Root.Append(System.Text.Encoding.UTF8.GetBytes(name)));
    }

    private bool Defer(FileTreeItem item, SafeFileHandle copy)
    {
        if (!LargeContent.IsLarge(item.Status))
            return false;
        LargeContent? missing = plan.Fingerprint.Find(item.Status) is { Hash: null } large ? large : null;
        return StandIns!.TryAdd(item.OpenContent(), copy, missing is null ? null : (hash, status) =>
        {
            missing.Hash = hash;
            Memory?.Add(missing.Status, status, hash);
        });
    }

    private bool IsDirectory(string path)
    {
        using SafeFileHandle? node = PathInRoot.TryOpen(root, path, LibC.O_PATH);
        return node is not null && Descriptor.IsDirectory(node);
    }

    private void Write(CopiedText text)
    {
        (SafeFileHandle directory, RelativePath name) = Place(text.Name, isDirectory: false, null);
        using (directory)
        using (DirectoryCache directories = new(directory))
        {
            using SafeFileHandle file = new TreeWriter(directories).CreateFile(name);
            FileContent.Write(file, text.Content, 0, name);
            FileOwner.Set(file, _owner.UserId, _owner.GroupId);
            File.SetUnixFileMode(file, (UnixFileMode)(plan.Mode ?? text.Mode));
        }
    }

    private void Unpack(ArchiveContent archive, SelectedSource source, Action<string>? warn)
    {
        using SafeFileHandle directory = MakeDirectory(root, plan.Destination, _owner);
        using SafeFileHandle readable = Descriptor.Reopen(directory, LibC.O_RDONLY | LibC.O_DIRECTORY);
        DirectMetadata metadata = new(setsOwner: true, warn, mayInherit: true);
        using TreeExpansion expansion = new(source.Path, archive, readable, metadata, new ExpansionOptions { Warning = warn }, cancellation);
        expansion.Run();
    }

    // Null for what is no archive: ADD copies it as it is.
    private ArchiveContent? OpenArchive(SafeFileHandle top, SelectedSource source)
    {
        FileStream file = new(Descriptor.Reopen(top, LibC.O_RDONLY), FileAccess.Read, 0);
        try
        {
            if (!ArchiveSniffer.IsArchive(file))
            {
                file.Dispose();
                return null;
            }
            file.Position = 0;
            return ArchiveContent.Open(file, source.Path, file.Length, observer: null, cancellation);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static (uint UserId, uint GroupId) OwnerOf(CopyPlan plan, SafeFileHandle root)
    {
        if (plan.Owner is not { Length: > 0 } owner)
            return (0, 0);
        UserAccount account = new UserDatabase(root).Resolve(owner);
        // As Docker has it: a user's number alone is the group's, too.
        return (account.UserId, owner.Contains(':') || !uint.TryParse(owner, out uint id) ? account.GroupId : id);
    }
}
