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
        int next = contents.Layers.Count;
        // From the top, as Podman: where the history is of fewer layers (config.md, "history"), the lowest are what nothing tells of.
        foreach (ImageConfigHistory step in config.History.Reverse())
        {
            entries.Add(new ImageHistoryEntry
            {
                Created = step.Created,
                CreatedBy = step.CreatedBy,
                Author = step.Author,
                Comment = step.Comment,
                IsEmptyLayer = step.EmptyLayer,
                Layer = step.EmptyLayer ? null : contents.Layers.ElementAtOrDefault(--next),
                Image = name,
            });
        }
        while (next > 0)
            entries.Add(new ImageHistoryEntry { Layer = contents.Layers[--next], Image = name });
        return entries;
    }

    /// <summary>
    /// A configuration whose history has a step for each layer, so that what is built upon it can be told apart from it: layers
    /// that it says nothing of get a step without a text, below all others.
    /// </summary>
    /// <param name="config">The configuration.</param>
    public static ImageConfig Complete(ImageConfig config)
    {
        int untold = config.RootFs.DiffIds.Count - config.History.Count(step => !step.EmptyLayer);
        return untold <= 0
            ? config
            : config with { History = [.. Enumerable.Repeat(new ImageConfigHistory { Created = config.Created, Comment = "not told by the image" }, untold), .. config.History] };
    }
}
