namespace NsTools.Module.Images;

/// <summary>What a copy's destination is: what the user wrote, or what follows from the source.</summary>
internal static class CopyDestination
{
    /// <summary>The destination for a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="destination">What the user wrote; null for the local store.</param>
    /// <param name="toAbsolute">Makes a path absolute.</param>
    /// <exception cref="NsToolsException">It is none, or cannot be told from the source (<c>DestinationNameMissing</c>).</exception>
    public static ImageReference For(ImageReference source, string? destination, Func<string, string> toAbsolute)
    {
        if (destination is null)
            return ImageReference.Parse(NameOf(source));
        // Several images at once: each gets its own name below it.
        bool isPrefix = destination.EndsWith('/') && !destination.StartsWith("dir:", StringComparison.Ordinal) && !destination.StartsWith("oci", StringComparison.Ordinal) && !destination.StartsWith("docker-archive:", StringComparison.Ordinal);
        var reference = ImageReference.Parse(isPrefix ? destination + ShortNameOf(source) : destination);
        return reference.Path is { } path ? reference with { Path = toAbsolute(path) } : reference;
    }

    private static string NameOf(ImageReference source) => source.Transport switch
    {
        ImageTransport.Docker => $"{source.FullRepository}:{source.Tag ?? "latest"}",
        _ when source.Name is { } name => name,
        _ => throw Missing(source),
    };

    private static string ShortNameOf(ImageReference source)
    {
        string name = NameOf(source);
        return ImageReference.TryParse($"docker://{name}", out ImageReference? parsed) ? $"{parsed.Repository}:{parsed.Tag ?? "latest"}" : throw Missing(source);
    }

    private static NsToolsException Missing(ImageReference source) => new(
        FailureKind.InvalidArgument, "DestinationNameMissing", $"'{source}' has no name that the copy could take.", "Give a -Destination with a name.");
}
