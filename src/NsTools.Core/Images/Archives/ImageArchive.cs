using NsTools.Images.Layouts;

namespace NsTools.Images.Archives;

/// <summary>Tells what an archive holds.</summary>
public static class ImageArchive
{
    /// <summary>The images of an archive that <c>docker save</c>, <c>podman save</c> or Skopeo made, and the names that they have in it.</summary>
    /// <param name="path">Absolute path of the archive.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>
    /// What names each image, and its name in the local store; null where it has none. No images for an archive of
    /// something else, a root file system for instance.
    /// </returns>
    /// <exception cref="NsToolsException">It is not there, or damaged.</exception>
    public static IReadOnlyList<(ImageReference Image, string? Name)> List(string path, CancellationToken cancellation)
    {
        using TarIndex archive = TarIndex.Open(path, cancellation);
        // Newer Dockers write both: only this one has whole names.
        if (archive.Contains("manifest.json"))
            return ListDocker(archive, path);
        return archive.Contains("index.json") && archive.Contains("oci-layout") ? ListOci(archive, path) : [];
    }

    private static List<(ImageReference Image, string? Name)> ListDocker(TarIndex archive, string path)
    {
        IReadOnlyList<DockerArchiveEntry> entries = DockerArchiveSource.ReadEntries(archive, path);
        List<(ImageReference, string?)> images = [];
        foreach (DockerArchiveEntry entry in entries)
        {
            foreach (string tag in entry.RepoTags.Where(tag => ImageReference.TryParse($"docker-archive:/x:{tag}", out _)))
            {
                string name = ImageReference.Parse($"docker-archive:/x:{tag}").Name!;
                images.Add((new ImageReference { Transport = ImageTransport.DockerArchive, Path = path, Name = name }, name));
            }
            if (entry.RepoTags.Count == 0 && entries.Count == 1)
                images.Add((new ImageReference { Transport = ImageTransport.DockerArchive, Path = path }, null));
        }
        return images;
    }

    private static List<(ImageReference Image, string? Name)> ListOci(TarIndex archive, string path)
    {
        List<(ImageReference, string?)> images = [];
        foreach (ImageDescriptor entry in OciArchiveSource.ReadEntries(archive, path))
        {
            string? name = OciLayout.NameOf(entry);
            images.Add((new ImageReference { Transport = ImageTransport.OciArchive, Path = path, Digest = entry.Digest }, name is not null && ImageReference.TryParse(name, out _) ? name : null));
        }
        return images;
    }
}
