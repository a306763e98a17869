namespace NsTools.Images;

/// <summary>A destination that can have more manifests beside the one that is written, by their tags: a registry's repository.</summary>
internal interface ITaggedDestination
{
    /// <summary>Lets a tag stand for a manifest that is there.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="cancellation">Ends it.</param>
    Task PutTaggedAsync(string tag, ManifestContent manifest, CancellationToken cancellation);
}
