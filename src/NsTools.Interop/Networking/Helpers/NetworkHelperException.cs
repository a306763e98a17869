namespace NsTools.Interop.Networking.Helpers;

/// <summary>A network helper could not be started, or has refused a request.</summary>
/// <param name="message">What it said.</param>
public sealed class NetworkHelperException(string message) : IOException(message);
