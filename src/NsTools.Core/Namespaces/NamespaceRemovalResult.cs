namespace NsTools.Namespaces;

/// <summary>What came of removing a namespace set.</summary>
/// <param name="Name">The set's name.</param>
/// <param name="RemainingProcesses">IDs of the processes that go on in its namespaces.</param>
/// <param name="Failure">Why it could not be removed; null when it is gone.</param>
public sealed record NamespaceRemovalResult(string Name, IReadOnlyList<int> RemainingProcesses, Exception? Failure);
