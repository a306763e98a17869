namespace NsTools.Images.Archives;

/// <summary>An archive that <c>docker load</c> and <c>podman load</c> read, of one or several images, in the making.</summary>
internal sealed class DockerArchiveWriter : IDisposable
{
    private readonly List<DockerArchiveEntry> _entries = [];

    /// <summary>Begins an archive.</summary>
    /// <param name="path">Its path; as with Skopeo and Podman there must be no file yet.</param>
    /// <exception cref="NsToolsException">There is one (<c>ArchiveExists</c>).</exception>
    public DockerArchiveWriter(string path)
    {
        if (File.Exists(path) || Directory.Exists(path))
            throw new NsToolsException(FailureKind.AlreadyExists, "ArchiveExists", $"'{path}' is there already, and images cannot be added to a docker-archive.", "Remove it first, or choose another name.");
        Archive = new TarFileWriter(path);
    }

    /// <summary>The archive.</summary>
    public TarFileWriter Archive { get; }

    /// <summary>Adds an image whose files are written. One that is there already gets the names in addition.</summary>
    public void Add(DockerArchiveEntry entry)
    {
        int there = _entries.FindIndex(e => e.Config == entry.Config);
        if (there < 0)
            _entries.Add(entry);
        else
            _entries[there] = _entries[there] with { RepoTags = [.. _entries[there].RepoTags.Union(entry.RepoTags)] };
    }

    /// <summary>Makes the archive appear.</summary>
    public void Complete()
    {
        Archive.Write("manifest.json", DockerArchiveEntry.ToBytes(_entries));
        Archive.Complete();
    }

    /// <inheritdoc/>
    public void Dispose() => Archive.Dispose();
}
