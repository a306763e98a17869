using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace NsTools;

/// <summary>
/// A content's digest, <c>sha256:HEX</c> or <c>sha512:HEX</c> (OCI image-spec, descriptor.md, "Digests"). There is one
/// way to write each: lower case, of the exact length. So two digests are equal where their texts are, and a digest is
/// always a safe file name.
/// </summary>
public sealed record Digest
{
    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdef");

    private Digest(string algorithm, string hex)
    {
        Algorithm = algorithm;
        Hex = hex;
    }

    /// <summary><c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm { get; }

    /// <summary>The value, 64 or 128 lower case hexadecimal digits.</summary>
    public string Hex { get; }

    /// <summary>Its first twelve digits, as tables show it.</summary>
    public string Short => Hex[..12];

    private HashAlgorithmName HashName => Algorithm == "sha256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;

    /// <summary>Reads a digest.</summary>
    /// <param name="text"><c>sha256:…</c> or <c>sha512:…</c>.</param>
    /// <exception cref="NsToolsException">It is none, or of another algorithm (<c>InvalidDigest</c>).</exception>
    public static Digest Parse(string text) => TryParse(text, out Digest? digest)
        ? digest
        : throw new NsToolsException(
            FailureKind.InvalidArgument,
            "InvalidDigest",
            $"'{Images.DisplayText.Of(text)}' is no digest.",
            "A digest is 'sha256:' and 64, or 'sha512:' and 128 lower case hexadecimal digits.");

    /// <summary>Reads a digest, where the text is one.</summary>
    /// <param name="text">A text.</param>
    /// <param name="digest">The digest.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Digest? digest)
    {
        digest = text switch
        {
            { Length: 7 + 64 } when text.StartsWith("sha256:", StringComparison.Ordinal) && IsHex(text.AsSpan(7)) => new("sha256", text[7..]),
            { Length: 7 + 128 } when text.StartsWith("sha512:", StringComparison.Ordinal) && IsHex(text.AsSpan(7)) => new("sha512", text[7..]),
            _ => null,
        };
        return digest is not null;
    }

    /// <summary>The SHA-256 digest of a content.</summary>
    /// <param name="content">The content.</param>
    public static Digest Of(ReadOnlySpan<byte> content) => new("sha256", Convert.ToHexStringLower(SHA256.HashData(content)));

    /// <summary>The SHA-256 digest that a hash has come to; the hash begins anew.</summary>
    /// <param name="hash">A hash of SHA-256.</param>
    public static Digest Of(IncrementalHash hash) => new("sha256", Convert.ToHexStringLower(hash.GetHashAndReset()));

    /// <summary>A new hash of this digest's algorithm.</summary>
    public IncrementalHash CreateHash() => IncrementalHash.CreateHash(HashName);

    /// <summary>True when a hash of <see cref="CreateHash"/> has come to this digest; the hash goes on.</summary>
    /// <param name="hash">The hash.</param>
    public bool Matches(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetCurrentHash()) == Hex;

    /// <summary>True when the content has this digest.</summary>
    /// <param name="content">The content.</param>
    public bool Matches(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(CryptographicOperations.HashData(HashName, content)) == Hex;

    /// <inheritdoc/>
    public override string ToString() => $"{Algorithm}:{Hex}";

    private static bool IsHex(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(s_hexDigits);
}
