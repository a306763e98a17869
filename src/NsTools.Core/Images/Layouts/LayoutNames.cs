namespace NsTools.Images.Layouts;

/// <summary>Finds what a reference names among the entries of a layout.</summary>
internal static class LayoutNames
{
    /// <summary>The entry that a reference names.</summary>
    /// <param name="entries">The entries.</param>
    /// <param name="reference">The reference; without a name and a digest there must be just one image.</param>
    /// <exception cref="NsToolsException">There is none (<c>ImageNotFound</c>), or which one is meant cannot be told (<c>ImageAmbiguous</c>).</exception>
    public static ImageDescriptor Find(IReadOnlyList<ImageDescriptor> entries, ImageReference reference)
    {
        if (reference.Digest is { } digest)
            return entries.FirstOrDefault(e => e.Digest == digest) ?? new ImageDescriptor { Digest = digest, Size = 0 };
        if (reference.Name is { } name)
            return entries.LastOrDefault(e => OciLayout.NameOf(e) == name) ?? throw NotFound(entries, reference);
        List<ImageDescriptor> images = [.. entries.DistinctBy(e => e.Digest)];
        return images.Count switch
        {
            1 => images[0],
            0 => throw new NsToolsException(FailureKind.NotFound, "ImageNotFound", $"'{reference.Path}' has no image."),
            _ => throw new NsToolsException(
                FailureKind.InvalidArgument,
                "ImageAmbiguous",
                $"'{reference.Path}' has {images.Count} images, and the reference does not say which.",
                $"Add a colon and a name. It has: {Names(entries)}."),
        };
    }

    private static NsToolsException NotFound(IReadOnlyList<ImageDescriptor> entries, ImageReference reference) => new(
        FailureKind.NotFound,
        "ImageNotFound",
        $"'{reference.Path}' has no image '{reference.Name}'.",
        entries.Count == 0 ? "It has none." : $"It has: {Names(entries)}.");

    private static string Names(IReadOnlyList<ImageDescriptor> entries)
    {
        List<string> names = [.. entries.Select(e => DisplayText.Of(OciLayout.NameOf(e) ?? $"@{e.Digest}")).Distinct()];
        return names.Count <= 10 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(10))} and {names.Count - 10} more";
    }
}
