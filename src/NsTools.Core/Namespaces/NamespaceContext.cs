namespace NsTools.Namespaces;

/// <summary>What a <see cref="NamespaceReference"/> has besides namespaces.</summary>
/// <param name="ProcessId">A process that is in them; null when none is known.</param>
/// <param name="ChangedRoot">The root that its processes have by <c>chroot(2)</c>, which no namespace tells of; null for none.</param>
internal readonly record struct NamespaceContext(int? ProcessId, string? ChangedRoot);
