using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NsTools;

/// <summary>A port of a container that is published on the host.</summary>
/// <param name="HostAddress">The host's address that it is published on; <c>0.0.0.0</c> or <c>::</c> for all of them.</param>
/// <param name="HostPort">The port there; 0 before one has been chosen.</param>
/// <param name="Port">The port inside.</param>
/// <param name="Protocol">The protocol.</param>
public sealed record ContainerPort(IPAddress HostAddress, int HostPort, int Port, NetNatProtocol Protocol)
{
    private const int MaximumPort = ushort.MaxValue;

    /// <summary>Where it is published.</summary>
    public IPEndPoint HostEndPoint => new(HostAddress, HostPort);

    /// <summary>
    /// Parses <c>[IP:][HOSTPORT[-HOSTPORT]:]PORT[-PORT][/tcp|/udp]</c>, as <c>podman run --publish</c> has it; an IPv6
    /// address stands in brackets. Without an IP it is all of the host's IPv4 addresses, without a host port a free one.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <returns>One for each port of a range.</returns>
    /// <exception cref="NsToolsException">It is not of that form (<c>InvalidPublishedPort</c>).</exception>
    public static IReadOnlyList<ContainerPort> Parse(string text)
    {
        int slash = text.LastIndexOf('/');
        NetNatProtocol protocol = (slash < 0 ? "tcp" : text[(slash + 1)..].ToLowerInvariant()) switch
        {
            "tcp" => NetNatProtocol.Tcp,
            "udp" => NetNatProtocol.Udp,
            var other => throw Invalid(text, $"'{other}' is neither tcp nor udp"),
        };
        string rest = slash < 0 ? text : text[..slash];
        (IPAddress address, rest) = TakeAddress(text, rest);
        string[] parts = rest.Split(':');
        if (parts.Length > 2)
            throw Invalid(text, "it has too many colons; an IPv6 address stands in brackets");
        (int first, int last) = ParseRange(text, parts[^1], "port inside");
        if (parts.Length == 1 || parts[0].Length == 0)
            return [.. Enumerable.Range(first, last - first + 1).Select(port => new ContainerPort(address, 0, port, protocol))];
        (int hostFirst, int hostLast) = ParseRange(text, parts[0], "host's port");
        return hostLast - hostFirst == last - first
            ? [.. Enumerable.Range(0, last - first + 1).Select(i => new ContainerPort(address, hostFirst + i, first + i, protocol))]
            : throw Invalid(text, "the two ranges are not of one length");
    }

    /// <summary>True when this publishes a port that an image says it listens on, such as <c>80/tcp</c>.</summary>
    internal bool Exposes(string exposed) => exposed.Split('/') is [var port, ..] parts
        && port == Port.ToString(CultureInfo.InvariantCulture) && (parts.Length == 1 ? Protocol == NetNatProtocol.Tcp : parts[1].Equals(Protocol.ToString(), StringComparison.OrdinalIgnoreCase));

    /// <summary>The word for <c>podman run --publish</c>.</summary>
    public string ToPublishWord()
    {
        string address = HostAddress.Equals(IPAddress.Any) ? "" : HostAddress.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{HostAddress}]:" : $"{HostAddress}:";
        string port = HostPort == 0 ? address.Length == 0 ? "" : ":" : $"{HostPort}:";
        return string.Create(CultureInfo.InvariantCulture, $"{address}{port}{Port}{(Protocol == NetNatProtocol.Udp ? "/udp" : "")}");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{HostEndPoint}->{Port}/{Protocol.ToString().ToLowerInvariant()}");

    private static (IPAddress Address, string Ports) TakeAddress(string text, string rest)
    {
        if (rest.StartsWith('['))
        {
            int end = rest.IndexOf("]:", StringComparison.Ordinal);
            return end > 0 && IPAddress.TryParse(rest[1..end], out IPAddress? bracketed) && bracketed.AddressFamily == AddressFamily.InterNetworkV6
                ? (bracketed, rest[(end + 2)..])
                : throw Invalid(text, "what is in brackets is no IPv6 address with a port behind it");
        }
        int colon = rest.IndexOf(':', StringComparison.Ordinal);
        // A dotted quad or nothing: IPAddress.TryParse would take "80" for one.
        if (colon < 0 || !rest[..colon].Contains('.', StringComparison.Ordinal))
            return rest.Count(c => c == ':') == 2 && colon == 0 ? (IPAddress.Any, rest[1..]) : (IPAddress.Any, rest);
        return IPAddress.TryParse(rest[..colon], out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetwork && rest[..colon].Count(c => c == '.') == 3
            ? (address, rest[(colon + 1)..])
            : throw Invalid(text, $"'{rest[..colon]}' is no IPv4 address");
    }

    private static (int First, int Last) ParseRange(string text, string range, string what)
    {
        string[] ends = range.Split('-');
        if (ends.Length <= 2 && TryPort(ends[0], out int first) && TryPort(ends[^1], out int last) && first <= last)
            return (first, last);
        throw Invalid(text, $"'{range}' is no {what}, nor a range of them");
    }

    private static bool TryPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= MaximumPort;

    private static NsToolsException Invalid(string text, string why) => new(
        FailureKind.InvalidArgument,
        "InvalidPublishedPort",
        $"'{text}' publishes no port: {why}.",
        "Give [IP:][HOSTPORT:]PORT[/tcp|/udp], such as 8080:80, 127.0.0.1:5353:53/udp, [::1]:8080:80 or 8000-8009:8000-8009.");
}
