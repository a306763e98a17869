namespace NsTools.Images;

/// <summary>A source with more manifests beside the one that was opened, by their tags: a registry's repository.</summary>
internal interface ITaggedSource
{
    /// <summary>The manifest of a tag; null when there is none.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<ManifestContent?> TryGetTaggedAsync(string tag, CancellationToken cancellation);
}
