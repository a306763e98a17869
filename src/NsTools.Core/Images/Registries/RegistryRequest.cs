namespace NsTools.Images.Registries;

/// <summary>A request to a registry; it may be sent several times.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">A path with query of the registry (<c>/v2/…</c>), or an absolute address that it gave.</param>
/// <param name="Scopes">What the token must allow (<c>repository:NAME:pull</c>).</param>
internal sealed record RegistryRequest(HttpMethod Method, string Target, IReadOnlyList<string> Scopes)
{
    /// <summary>Media types that are accepted; null for any.</summary>
    public IReadOnlyList<string>? Accept { get; init; }

    /// <summary>Where to begin in the content, in bytes; 0 for all of it.</summary>
    public long RangeStart { get; init; }

    /// <summary>Makes the body, anew for each try; null for none.</summary>
    public Func<HttpContent>? Content { get; init; }

    /// <summary>How long to wait for the answer; null for the usual time. The body's sending counts in.</summary>
    public TimeSpan? Patience { get; init; }

    /// <summary>False lets the caller deal with what may be mended by another try.</summary>
    public bool IsRetried { get; init; } = true;
}
