using Microsoft.Win32.SafeHandles;
using NsTools.Builds.Contexts;
using NsTools.Builds.Execution;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Mounts;
using NsTools.RootFileSystems;

namespace NsTools.Builds.Remote;

/// <summary>The sources of an ADD that are on other machines, as far as they were brought. What was is gone with it.</summary>
internal sealed class RemoteSources : IDisposable
{
    private readonly PartialDirectory? _directory;
    private readonly SafeFileHandle? _top;

    private RemoteSources(PartialDirectory? directory, IReadOnlyList<RemoteSource> items)
    {
        _directory = directory;
        _top = directory is null ? null : PathInRoot.OpenRoot(directory.TemporaryPath);
        Items = items;
    }

    /// <summary>The sources.</summary>
    public IReadOnlyList<RemoteSource> Items { get; }

    /// <summary>False where one is known to be what an earlier build has had, and was not brought.</summary>
    public bool IsWhole => Items.All(item => item.Path is not null);

    /// <summary>Brings the sources of an instruction.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="words">Its sources, with their variables.</param>
    /// <param name="options">How.</param>
    /// <param name="layers">Beside whose layers they lie meanwhile.</param>
    /// <param name="trusts">True does not bring what is what it was for an earlier build.</param>
    /// <param name="cancellation">Ends it, and leaves nothing.</param>
    public static RemoteSources Bring(DockerfileInstruction instruction, IReadOnlyList<string> words, RemoteOptions options, LayerStore layers, bool trusts, CancellationToken cancellation)
    {
        List<RemoteAddress> addresses = [.. words.Select(RemoteAddress.Parse).OfType<RemoteAddress>()];
        if (options.Checksum is not null && (words.Count != 1 || addresses.Count != 1))
            throw BuildFailure.At(FailureKind.InvalidData, "InvalidChecksum", instruction, "--checksum is of one source, a URL or a Git repository.", "Give each source an ADD of its own.");
        if (addresses.Count == 0)
            return new RemoteSources(null, []);
        if (instruction.Instruction != "ADD")
            throw BuildFailure.At(FailureKind.InvalidData, "RemoteSourceNotAllowed", instruction, $"{instruction.Instruction} takes nothing from other machines: '{addresses[0].Name}'.", "ADD does.");
        PartialDirectory directory = PartialDirectory.Create(Path.Join(layers.Root, $"remote-{Guid.NewGuid():N}"));
        try
        {
            return new RemoteSources(directory, [.. addresses.Select((address, index) => Bring(address, options, directory, $"{index}", trusts, cancellation))]);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>What was brought, to be copied.</summary>
    /// <param name="excludes">Patterns of what is left out.</param>
    public SourceSelection? Select(IReadOnlyList<GoPattern> excludes) => _top is null ? null : new SourceSelection(_top, null, excludes);

    /// <inheritdoc/>
    public void Dispose()
    {
        _top?.Dispose();
        _directory?.Dispose();
    }

    private static RemoteSource Bring(RemoteAddress address, RemoteOptions options, PartialDirectory directory, string name, bool trusts, CancellationToken cancellation)
    {
        DirectoryHandle.CreateChild(directory.Handle, name).Dispose();
        string path = Path.Join(directory.TemporaryPath, name);
        RemoteSource source = address switch
        {
            HttpAddress file => new HttpSource(file, options).Bring(path, trusts, cancellation),
            GitAddress repository => new GitSource(repository, options).Bring(path, trusts, cancellation),
            _ => throw new InvalidOperationException($"no way to bring {address.Name}"),
        };
        return source.Path is { } below ? source with { Path = $"{name}/{below}" } : source;
    }
}
