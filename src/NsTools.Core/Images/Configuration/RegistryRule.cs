namespace NsTools.Images.Configuration;

/// <summary>A <c>[[registry]]</c> of registries.conf.</summary>
internal sealed record RegistryRule
{
    /// <summary>What an image's name must begin with, or <c>*.example.com</c>.</summary>
    public required string Prefix { get; init; }

    /// <summary>What stands in the prefix's place when it is read; empty for the prefix itself.</summary>
    public string Location { get; init; } = "";

    /// <summary>True lets it be spoken to without TLS, or with a certificate that cannot be verified.</summary>
    public bool IsInsecure { get; init; }

    /// <summary>True forbids it.</summary>
    public bool IsBlocked { get; init; }

    /// <summary>True uses the mirrors for digests only.</summary>
    public bool MirrorsByDigestOnly { get; init; }

    /// <summary>Where else it is, tried first.</summary>
    public IReadOnlyList<RegistryMirror> Mirrors { get; init; } = [];

    /// <summary>The file that it is in.</summary>
    public string File { get; init; } = "";

    /// <summary>How much of a name the prefix covers; -1 when it does not fit.</summary>
    /// <param name="name">HOST/REPOSITORY[:TAG][@DIGEST].</param>
    public int Match(string name)
    {
        if (Prefix.StartsWith("*.", StringComparison.Ordinal))
        {
            int end = name.IndexOf('/', StringComparison.Ordinal);
            string host = end < 0 ? name : name[..end];
            int colon = host.IndexOf(':', StringComparison.Ordinal);
            string plain = colon < 0 ? host : host[..colon];
            return plain.EndsWith(Prefix[1..], StringComparison.Ordinal) && plain.Length > Prefix.Length - 1 ? plain.Length : -1;
        }
        return name.StartsWith(Prefix, StringComparison.Ordinal) && (name.Length == Prefix.Length || name[Prefix.Length] is '/' or ':' or '@') ? Prefix.Length : -1;
    }
}
