namespace NsTools.Images;

/// <summary>What can be wrong with a blob.</summary>
internal static class BlobFailure
{
    /// <summary>It has another size than its descriptor says.</summary>
    public static NsToolsException WrongSize(string origin, ImageDescriptor blob, long size, bool isMore) => new(
        FailureKind.InvalidData,
        "SizeMismatch",
        $"{origin}: the blob {blob.Digest} has {(isMore ? "more than the" : $"{size:N0} bytes, not the")} {blob.Size:N0}{(isMore ? " bytes" : "")} that its descriptor says.",
        "Do not trust the source; try again, or another.");

    /// <summary>It has another digest.</summary>
    public static NsToolsException WrongDigest(string origin, ImageDescriptor blob) => new(
        FailureKind.InvalidData,
        "DigestMismatch",
        $"{origin}: what came for the blob {blob.Digest} has another digest.",
        "Do not trust the source; try again, or another.");

    /// <summary>It is not there.</summary>
    public static NsToolsException NotFound(string origin, Digest digest) => new(
        FailureKind.NotFound, "BlobNotFound", $"{origin}: there is no blob {digest}.", "The image is not whole: copy it again.");
}
