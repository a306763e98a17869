namespace NsTools.Images;

/// <summary>How images came to be.</summary>
public static class ImageHistory
{
    /// <summary>The steps of an image's making, the last one first, as <c>podman history</c> has them; each with the layer that it made.</summary>
    /// <param name="contents">The image.</param>
    /// <param name="name">What the entries call it.</param>
    /// <exception cref="NsToolsException">It is an artifact (<c>NotAnImage</c>).</exception>
    public static IReadOnlyList<ImageHistoryEntry> Of(ImageContents contents, string name)
    {
        if (contents.Config is not { } config)
            throw new NsToolsException(FailureKind.InvalidArgument, "NotAnImage", $"'{name}' is an artifact, not a container image: it has no history.");
        List<ImageHistoryEntry> entries = [];
        int next = 0;
        foreach (ImageConfigHistory step in config.History)
        {
            entries.Add(new ImageHistoryEntry
            {
                Created = step.Created,
                CreatedBy = step.CreatedBy,
                Author = step.Author,
                Comment = step.Comment,
                IsEmptyLayer = step.EmptyLayer,
                Layer = step.EmptyLayer ? null : contents.Layers.ElementAtOrDefault(next),
                Image = name,
            });
            next += step.EmptyLayer ? 0 : 1;
        }
        // The history may be left out, or be of fewer layers (config.md, "history").
        entries.AddRange(contents.Layers.Skip(next).Select(layer => new ImageHistoryEntry { Layer = layer, Image = name }));
        entries.Reverse();
        return entries;
    }
}
