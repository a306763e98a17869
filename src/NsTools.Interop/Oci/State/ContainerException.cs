namespace NsTools.Interop.Oci.State;

/// <summary>What was asked of a container cannot be done: it is not there, or not in the right state.</summary>
/// <param name="message">Why not.</param>
public sealed class ContainerException(string message) : Exception(message);
