namespace NsTools.Runtime.Lifecycle;

/// <summary>What was asked of a container cannot be done: it is not there, or not in the right state.</summary>
internal sealed class ContainerException(string message) : Exception(message);
