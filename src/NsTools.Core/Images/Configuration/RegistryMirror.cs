namespace NsTools.Images.Configuration;

/// <summary>A <c>[[registry.mirror]]</c> of registries.conf.</summary>
/// <param name="Location">What stands in the prefix's place.</param>
/// <param name="IsInsecure">True lets it be spoken to without TLS, or with a certificate that cannot be verified.</param>
/// <param name="Pull"><c>all</c>, <c>digest-only</c> or <c>tag-only</c>.</param>
internal sealed record RegistryMirror(string Location, bool IsInsecure, string Pull);
