using System.Net;
using System.Net.Sockets;

namespace NsTools.Networking;

/// <summary>Destinations of routes as people write them.</summary>
public static class RouteDestination
{
    /// <summary>Parses a prefix, an address, or <c>default</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="family">The family of <c>default</c>; null for IPv4.</param>
    /// <exception cref="NsToolsException">It is none of them, or has bits set behind its prefix (<c>InvalidPrefix</c>).</exception>
    public static IPNetwork Parse(string text, AddressFamily? family) => PrefixText.ParsePrefix(text, family);
}
