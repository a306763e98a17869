using Microsoft.Win32.SafeHandles;
using NsTools.Builds.Remote;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;
using NsTools.RootFileSystems.Archives;
using Tmds.Linux;

namespace NsTools.Builds;

/// <summary>
/// What COPY and ADD copy from: a directory as it is, or one that an archive or a Git repository is brought into for a build, and
/// which is gone with it.
/// </summary>
public sealed class BuildContext : IDisposable
{
    // The archive, what is in it, and a layer of that.
    private const int Copies = 3;

    private readonly PartialDirectory? _directory;

    private BuildContext(string root, PartialDirectory? directory)
    {
        Root = root;
        _directory = directory;
    }

    /// <summary>Its directory.</summary>
    public string Root { get; }

    /// <summary>Whether a text names a place on another machine.</summary>
    /// <param name="text">The text.</param>
    public static bool IsRemote(string text) => RemoteAddress.IsRemote(text);

    /// <summary>Opens a context.</summary>
    /// <param name="given">A directory, an archive of one (tar, compressed or not), the address of an archive, or a Git repository with its reference and directory.</param>
    /// <param name="cancellation">Ends it, and leaves nothing.</param>
    /// <exception cref="NsToolsException">There is none (<c>ContextNotFound</c>), or it cannot be brought.</exception>
    public static BuildContext Open(string given, CancellationToken cancellation)
    {
        RemoteAddress? address = RemoteAddress.Parse(given);
        if (address is null && Directory.Exists(given))
            return new BuildContext(given, null);
        if (address is null && !File.Exists(given))
            throw new NsToolsException(FailureKind.NotFound, "ContextNotFound", $"{given} is no directory and no archive of one.", "Give the directory that COPY and ADD copy from; -File gives the Dockerfile.");
        string layers = Directory.CreateDirectory(LayerStore.Default.Root).FullName;
        PartialDirectory directory = PartialDirectory.Create(Path.Join(layers, $"context-{Guid.NewGuid():N}"));
        try
        {
            return new BuildContext(Bring(given, address, directory, cancellation), directory);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>The Dockerfile; in what was brought from elsewhere it is never outside that, whatever links are there.</summary>
    /// <param name="given">Its path as the user gives it; null for the context's own.</param>
    /// <exception cref="NsToolsException">There is none (<c>DockerfileNotFound</c>).</exception>
    public string FindDockerfile(string? given)
    {
        if (_directory is null)
            return Dockerfiles.Locate(given ?? Root);
        using SafeFileHandle top = PathInRoot.OpenRoot(Root);
        foreach (string name in given is null ? ["Containerfile", "Dockerfile"] : new[] { given })
        {
            using SafeFileHandle? file = PathInRoot.TryOpen(top, $"/{name}", LibC.O_PATH);
            if (file is not null && FileStatus.Of(file).IsRegular)
                return Descriptor.PathOf(file);
        }
        throw new NsToolsException(FailureKind.NotFound, "DockerfileNotFound", $"The context has no {given ?? "Containerfile or Dockerfile"} in it.", "-File names it, from the context's top.");
    }

    /// <inheritdoc/>
    public void Dispose() => _directory?.Dispose();

    private static string Bring(string given, RemoteAddress? address, PartialDirectory directory, CancellationToken cancellation)
    {
        string tree = DirectoryOf(directory, "tree"), download = DirectoryOf(directory, "download");
        if (address is GitAddress repository)
        {
            RemoteSource source = new GitSource(repository, new RemoteOptions()).Bring(tree, trusts: false, cancellation);
            return Below(tree, source.Path!, repository);
        }
        if (address is HttpAddress file)
            given = Path.Join(download, new HttpSource(file, new RemoteOptions()).Bring(download, trusts: false, cancellation).Path);
        ExpansionOptions options = new() { SkipsDevices = true, MaximumSize = new DriveInfo(tree).AvailableFreeSpace / Copies };
        using ArchiveContent content = ArchiveContent.Open(given, cancellation);
        using SafeFileHandle top = DirectoryHandle.Open(tree);
        // Whose the files are makes no difference to COPY and ADD.
        using TreeExpansion expansion = new(given, content, top, new DirectMetadata(setsOwner: false, null), options, cancellation);
        expansion.Run();
        return tree;
    }

    private static string DirectoryOf(PartialDirectory directory, string name)
    {
        DirectoryHandle.CreateChild(directory.Handle, name).Dispose();
        return Path.Join(directory.TemporaryPath, name);
    }

    private static string Below(string tree, string path, GitAddress repository)
    {
        using SafeFileHandle top = PathInRoot.OpenRoot(tree);
        using SafeFileHandle? directory = PathInRoot.TryOpen(top, $"/{path}", LibC.O_PATH);
        return directory is not null && FileStatus.Of(directory).IsDirectory
            ? Descriptor.PathOf(directory)
            : throw new NsToolsException(FailureKind.NotFound, "ContextNotFound", $"{repository.Name} has no directory '{repository.Subdirectory}'.");
    }
}
