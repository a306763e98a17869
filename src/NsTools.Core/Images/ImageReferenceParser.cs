using System.Text.RegularExpressions;

namespace NsTools.Images;

/// <summary>
/// The grammar of references: names as github.com/distribution/reference has them, transports as
/// containers-transports(5). Every pattern is anchored with \A and \z, since $ lets a newline follow.
/// </summary>
internal static partial class ImageReferenceParser
{
    // distribution/reference: RepositoryNameTotalLengthMax.
    private const int MaximumNameLength = 255;
    // A path may have 4096 bytes (PATH_MAX) and a name some hundred.
    private const int MaximumLength = 8192;

    private static readonly (string Prefix, ImageTransport Transport)[] s_transports =
    [
        ("docker://", ImageTransport.Docker),
        ("oci:", ImageTransport.Oci),
        ("oci-archive:", ImageTransport.OciArchive),
        ("docker-archive:", ImageTransport.DockerArchive),
        ("dir:", ImageTransport.Directory),
    ];

    // Transports of Skopeo that NsTools does not have: "no such image in the store" would send the user the wrong way.
    private static readonly string[] s_foreign = ["containers-storage:", "docker-daemon:", "atomic:", "ostree:", "tarball:", "sif:"];

    /// <summary>Reads a reference.</summary>
    /// <exception cref="NsToolsException">It is none (<c>InvalidImageReference</c>).</exception>
    public static ImageReference Parse(string text)
    {
        if (text.Length is 0 or > MaximumLength)
            throw Invalid(text, text.Length == 0 ? "it is empty" : "it is too long");
        if (text.Contains('\0'))
            throw Invalid(text, "it has a NUL character in it");
        foreach ((string prefix, ImageTransport transport) in s_transports)
        {
            if (text.StartsWith(prefix, StringComparison.Ordinal))
                return transport == ImageTransport.Docker ? ParseDocker(text, text[prefix.Length..]) : ParsePath(text, transport, text[prefix.Length..]);
        }
        if (s_foreign.FirstOrDefault(f => text.StartsWith(f, StringComparison.Ordinal)) is { } foreign)
            throw Invalid(text, $"there is no transport '{foreign}'");
        if (text.Contains("://", StringComparison.Ordinal))
            throw Invalid(text, "its transport is unknown");
        return ParseStore(text, text);
    }

    /// <summary>Reads a name of the store.</summary>
    /// <param name="whole">All that the user gave, for errors.</param>
    /// <param name="name">The name.</param>
    public static ImageReference ParseStore(string whole, string name)
    {
        // The digest of an image alone names it, too: what Get-Image shows can be given back.
        if (Digest.TryParse(name, out Digest? alone) || (name.StartsWith('@') && Digest.TryParse(name[1..], out alone)))
            return new ImageReference { Transport = ImageTransport.Store, Digest = alone };
        ImageReference parsed = ParseDocker(whole, name);
        string? tag = parsed.Tag ?? (parsed.Digest is null ? "latest" : null);
        return parsed with
        {
            Transport = ImageTransport.Store,
            Tag = tag,
            Name = tag is null ? parsed.FullRepository : $"{parsed.FullRepository}:{tag}",
        };
    }

    /// <summary>True for what can be a tag.</summary>
    public static bool IsTag(string text) => TagPattern().IsMatch(text);

    /// <summary>True for what can be the name of a repository within a registry.</summary>
    public static bool IsRepository(string text) => text.Length <= MaximumNameLength && RepositoryPattern().IsMatch(text);

    /// <summary>True for what can be a registry's host and port.</summary>
    public static bool IsRegistry(string text) => RegistryPattern().IsMatch(text);

    private static ImageReference ParseDocker(string whole, string text)
    {
        string name = text;
        Digest? digest = null;
        if (name.IndexOf('@', StringComparison.Ordinal) is >= 0 and int at)
        {
            if (!Digest.TryParse(name[(at + 1)..], out digest))
                throw Invalid(whole, "what follows '@' is no sha256 or sha512 digest");
            name = name[..at];
        }
        string? tag = null;
        if (name.LastIndexOf(':') is >= 0 and int colon && name.IndexOf('/', colon) < 0)
        {
            tag = name[(colon + 1)..];
            name = name[..colon];
            if (!IsTag(tag))
                throw Invalid(whole, $"'{DisplayText.Of(tag)}' is no tag");
        }
        string? registry = null;
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        // distribution/reference, splitDockerDomain: what has a dot, a port or a capital is a host.
        if (slash > 0 && name[..slash] is var first && (first.AsSpan().ContainsAny(".:[") || first == "localhost" || first.Any(char.IsAsciiLetterUpper)))
        {
            registry = first;
            name = name[(slash + 1)..];
            if (!IsRegistry(registry))
                throw Invalid(whole, $"'{DisplayText.Of(registry)}' is no host");
        }
        if (name.Any(char.IsAsciiLetterUpper))
            throw Invalid(whole, "a repository's name is in lower case");
        if (!IsRepository(name) || name.Length + (registry?.Length ?? 0) > MaximumNameLength)
            throw Invalid(whole, $"'{DisplayText.Of(name)}' is no repository's name");
        // An identifier of 64 digits could be meant for a digest (distribution/reference, anchoredIdentifierRegexp).
        if (registry is null && tag is null && digest is null && IdentifierPattern().IsMatch(name))
            throw Invalid(whole, "64 hexadecimal digits are no name; a digest begins with 'sha256:'");
        return Familiar(new ImageReference { Transport = ImageTransport.Docker, Registry = registry, Repository = name, Tag = tag, Digest = digest });
    }

    // Docker Hub's short names stand for longer ones (distribution/reference, "normalize").
    private static ImageReference Familiar(ImageReference reference) => reference.Registry switch
    {
        "docker.io" or "index.docker.io" => reference with
        {
            Registry = "docker.io",
            Repository = reference.Repository!.Contains('/', StringComparison.Ordinal) ? reference.Repository : $"library/{reference.Repository}",
        },
        _ => reference,
    };

    private static ImageReference ParsePath(string whole, ImageTransport transport, string text)
    {
        if (transport == ImageTransport.Directory)
            return text.Length > 0 ? new ImageReference { Transport = transport, Path = text } : throw Invalid(whole, "it names no directory");
        string path = text;
        Digest? digest = null;
        if (transport != ImageTransport.DockerArchive && path.LastIndexOf('@') is > 0 and int at && Digest.TryParse(path[(at + 1)..], out digest))
            path = path[..at];
        string? name = null;
        // As Skopeo: the path ends at the first colon.
        if (path.IndexOf(':', StringComparison.Ordinal) is >= 0 and int colon)
        {
            name = path[(colon + 1)..];
            path = path[..colon];
        }
        if (path.Length == 0)
            throw Invalid(whole, transport == ImageTransport.Oci ? "it names no directory" : "it names no file");
        if (name is not null && (transport == ImageTransport.DockerArchive ? !TryCompleteName(ref name) : !NamePattern().IsMatch(name)))
            throw Invalid(whole, $"'{DisplayText.Of(name)}' is no image's name");
        return new ImageReference { Transport = transport, Path = path, Name = name, Digest = digest };
    }

    // A docker-archive has names with tags only (containers-transports(5)).
    private static bool TryCompleteName(ref string name)
    {
        if (!ImageReference.TryParse($"docker://{name}", out ImageReference? parsed) || parsed.Digest is not null)
            return false;
        name = $"{parsed.FullRepository}:{parsed.Tag ?? "latest"}";
        return true;
    }

    private static NsToolsException Invalid(string text, string problem) => new(
        FailureKind.InvalidArgument,
        "InvalidImageReference",
        $"'{DisplayText.Of(text)}' names no image: {problem}.",
        "Write docker://REGISTRY/REPOSITORY:TAG, oci:PATH[:NAME], oci-archive:PATH[:NAME], docker-archive:PATH[:NAME], dir:PATH, or for the local store NAME[:TAG].");

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\z")]
    private static partial Regex TagPattern();

    [GeneratedRegex(@"\A[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*\z")]
    private static partial Regex RepositoryPattern();

    [GeneratedRegex(@"\A(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]{1,5})?\z")]
    private static partial Regex RegistryPattern();

    [GeneratedRegex(@"\A[a-f0-9]{64}\z")]
    private static partial Regex IdentifierPattern();

    // image-spec, annotations.md, "org.opencontainers.image.ref.name".
    [GeneratedRegex(@"\A[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*\z")]
    private static partial Regex NamePattern();
}
