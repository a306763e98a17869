namespace NsTools.Images.Configuration;

/// <summary>A place where an image may be had or put.</summary>
/// <param name="Registry">Host and port.</param>
/// <param name="Repository">Name within the registry.</param>
/// <param name="IsInsecure">True where registries.conf allows it without TLS, or with a certificate that cannot be verified.</param>
internal sealed record RegistryEndpoint(string Registry, string Repository, bool IsInsecure)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Registry}/{Repository}";
}
