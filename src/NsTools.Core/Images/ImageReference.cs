using System.Diagnostics.CodeAnalysis;
using NsTools.Images;

namespace NsTools;

/// <summary>
/// What names an image: <c>docker://REGISTRY/REPOSITORY[:TAG][@DIGEST]</c>, <c>oci:PATH[:NAME]</c>,
/// <c>oci-archive:PATH[:NAME]</c>, <c>docker-archive:PATH[:NAME]</c>, <c>dir:PATH</c>, or a plain name for an image of
/// the local store.
/// </summary>
public sealed record ImageReference
{
    /// <summary>Where it lies.</summary>
    public required ImageTransport Transport { get; init; }

    /// <summary>Host and port of the registry; null for a short name (<c>alpine</c>), and where it is no registry's name.</summary>
    public string? Registry { get; init; }

    /// <summary>Name within the registry (<c>library/alpine</c>); null where there is none.</summary>
    public string? Repository { get; init; }

    /// <summary>The tag; null where there is none.</summary>
    public string? Tag { get; init; }

    /// <summary>The digest of its manifest, which goes before the tag; null where there is none.</summary>
    public Digest? Digest { get; init; }

    /// <summary>Path of the directory or archive; null for registries and the store.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// The image's name inside a layout or archive (annotation <c>org.opencontainers.image.ref.name</c>), and of the
    /// local store; null where there is none.
    /// </summary>
    public string? Name { get; init; }

    /// <summary><c>REGISTRY/REPOSITORY</c>, what a reference without tag and digest would be; null where there is none.</summary>
    public string? FullRepository => Registry is null ? Repository : $"{Registry}/{Repository}";

    /// <summary>Reads a reference.</summary>
    /// <param name="text">The reference.</param>
    /// <exception cref="NsToolsException">It is none (<c>InvalidImageReference</c>).</exception>
    public static ImageReference Parse(string text) => ImageReferenceParser.Parse(text);

    /// <summary>Reads a reference, where the text is one.</summary>
    /// <param name="text">A text.</param>
    /// <param name="reference">The reference.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ImageReference? reference)
    {
        reference = null;
        try
        {
            reference = text is null ? null : ImageReferenceParser.Parse(text);
        }
        catch (NsToolsException)
        {
            return false;
        }
        return reference is not null;
    }

    /// <summary>The reference as a user writes it.</summary>
    public override string ToString()
    {
        string name = Name is null ? "" : $":{Name}";
        string digest = Digest is null ? "" : $"@{Digest}";
        return Transport switch
        {
            ImageTransport.Docker => $"docker://{FullRepository}{(Tag is null ? "" : $":{Tag}")}{digest}",
            ImageTransport.Oci => $"oci:{Path}{name}{digest}",
            ImageTransport.OciArchive => $"oci-archive:{Path}{name}{digest}",
            ImageTransport.DockerArchive => $"docker-archive:{Path}{name}",
            ImageTransport.Directory => $"dir:{Path}",
            _ => $"{Name}{digest}",
        };
    }
}
