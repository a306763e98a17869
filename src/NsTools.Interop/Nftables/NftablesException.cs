namespace NsTools.Interop.Nftables;

/// <summary>libnftables or the kernel behind it refused a command; nothing of it was done.</summary>
/// <param name="message">Its own words.</param>
public sealed class NftablesException(string message) : Exception(message);
