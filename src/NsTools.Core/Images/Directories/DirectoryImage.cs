namespace NsTools.Images.Directories;

/// <summary>How an image lies in a directory: <c>dir:</c> of containers-transports(5), as Skopeo writes it.</summary>
internal static class DirectoryImage
{
    private static readonly System.Buffers.SearchValues<char> s_hex = System.Buffers.SearchValues.Create("0123456789abcdef");

    /// <summary>The file that says what the directory is.</summary>
    public const string VersionFile = "version";

    /// <summary>The manifest, or the index, of the image.</summary>
    public const string ManifestFile = "manifest.json";

    /// <summary>What <see cref="VersionFile"/> says.</summary>
    public static ReadOnlySpan<byte> Version => "Directory Transport Version: 1.1\n"u8;

    /// <summary>The file of a blob: without the algorithm where that is SHA-256.</summary>
    public static string BlobFile(Digest digest) => digest.Algorithm == "sha256" ? digest.Hex : $"{digest.Algorithm}-{digest.Hex}";

    /// <summary>The file of a manifest that an index names.</summary>
    public static string InstanceFile(Digest digest) => $"{BlobFile(digest)}.manifest.json";

    /// <summary>True for the name of a file that belongs to such an image.</summary>
    public static bool IsOwnFile(string name) =>
        name is VersionFile or ManifestFile || name.StartsWith("signature-", StringComparison.Ordinal)
        || (name.Length >= 64 && !name.AsSpan(0, 64).ContainsAnyExcept(s_hex));
}
