namespace NsTools.Images;

/// <summary>Opens a blob's content at a place; what it gives is not verified yet.</summary>
/// <param name="offset">Where to begin, in bytes from the blob's start.</param>
/// <param name="cancellation">Ends it.</param>
public delegate Task<Stream> BlobOpener(long offset, CancellationToken cancellation);
