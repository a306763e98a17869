namespace NsTools.Module.Images;

/// <summary>What an image of a synchronisation becomes at the destination, named as skopeo-sync(1) does.</summary>
internal static class SyncDestination
{
    /// <summary>The destination of an image.</summary>
    /// <param name="image">The image, of a registry.</param>
    /// <param name="destination">What the user wrote.</param>
    /// <param name="isScoped">True puts the source's registry and repository into the name.</param>
    /// <param name="toAbsolute">Makes a path absolute.</param>
    /// <exception cref="NsToolsException">It is none (<c>InvalidImageReference</c>, <c>SyncDestinationUnsupported</c>).</exception>
    public static ImageReference For(ImageReference image, string destination, bool isScoped, Func<string, string> toAbsolute)
    {
        string repository = image.Repository!;
        string name = isScoped ? $"{image.Registry}/{repository}" : repository[(repository.LastIndexOf('/') + 1)..];
        string tag = image.Tag ?? (image.Digest is { } digest ? $"{digest.Algorithm}-{digest.Hex}" : "latest");
        if (destination.StartsWith("docker://", StringComparison.Ordinal))
        {
            // A colon, the port's, cannot be in a repository's name.
            string part = isScoped ? $"{image.Registry!.Replace(':', '-')}/{repository}" : name;
            return image.Tag is null && image.Digest is not null
                ? ImageReference.Parse($"{destination.TrimEnd('/')}/{part}@{image.Digest}")
                : ImageReference.Parse($"{destination.TrimEnd('/')}/{part}:{tag}");
        }
        if (destination.StartsWith("oci:", StringComparison.Ordinal))
            return Absolute(ImageReference.Parse($"{destination}:{name}:{tag}"), toAbsolute);
        if (destination.StartsWith("dir:", StringComparison.Ordinal))
            return Absolute(ImageReference.Parse($"{destination.TrimEnd('/')}/{name}:{tag}"), toAbsolute);
        throw new NsToolsException(
            FailureKind.InvalidArgument, "SyncDestinationUnsupported", $"'{destination}' cannot take several images.", "Write docker://REGISTRY[/NAMESPACE], oci:PATH or dir:PATH.");
    }

    private static ImageReference Absolute(ImageReference reference, Func<string, string> toAbsolute) => reference with { Path = toAbsolute(reference.Path!) };
}
