using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NsTools.Networking;

/// <summary>Addresses and prefixes as people write them.</summary>
internal static class PrefixText
{
    private const int IPv4Bits = 32;
    private const int IPv6Bits = 128;

    /// <summary>Parses <c>ADDRESS[/LENGTH]</c>.</summary>
    /// <exception cref="NsToolsException">It is no address, or the length is out of range, or there are two that differ.</exception>
    public static (IPAddress Address, int Length) Parse(string text, int? prefixLength = null)
    {
        string[] parts = text.Split('/');
        // Only dotted quads: IPAddress.Parse takes "10.1" and "1" too, for what nobody means by them here.
        if (parts.Length > 2 || !IPAddress.TryParse(parts[0], out IPAddress? address)
            || (address.AddressFamily == AddressFamily.InterNetwork && parts[0].Count(c => c == '.') != 3))
        {
            throw Invalid(text);
        }
        int? length = prefixLength;
        if (parts.Length == 2)
        {
            if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int given))
                throw Invalid(text);
            if (prefixLength is { } other && other != given)
                throw new NsToolsException(FailureKind.InvalidArgument, "InvalidAddress", $"'{text}' has the prefix length {given}, and -PrefixLength says {other}.");
            length = given;
        }
        return (address, CheckLength(address, length ?? Bits(address)));
    }

    /// <summary>Parses a route's destination: a prefix, an address, or <c>default</c> (of the family given, IPv4 when none is).</summary>
    /// <exception cref="NsToolsException">It is none, or has bits set behind its prefix (<c>InvalidPrefix</c>).</exception>
    public static IPNetwork ParsePrefix(string text, AddressFamily? family = null)
    {
        if (text is "default" or "any")
            return family == AddressFamily.InterNetworkV6 ? new IPNetwork(IPAddress.IPv6Any, 0) : new IPNetwork(IPAddress.Any, 0);
        (IPAddress address, int length) = Parse(text);
        address = WithoutScope(address);
        IPAddress network = Mask(address, length);
        return network.Equals(address) ? new IPNetwork(network, length) : throw new NsToolsException(
            FailureKind.InvalidArgument,
            "InvalidPrefix",
            $"'{text}' is no prefix: it has bits set behind the first {length}.",
            $"Did you mean {network}/{length}?");
    }

    /// <summary>How many bits an address has.</summary>
    public static int Bits(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? IPv6Bits : IPv4Bits;

    /// <summary>The address without a link as its scope, as prefixes and the kernel have it.</summary>
    public static IPAddress WithoutScope(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes()) : address;

    /// <summary>The bits of an address that a prefix keeps.</summary>
    public static IPAddress Mask(IPAddress address, int length)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            int kept = Math.Clamp(length - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff00 >> kept);
        }
        return new IPAddress(bytes);
    }

    private static int CheckLength(IPAddress address, int length) => length >= 0 && length <= Bits(address) ? length : throw new NsToolsException(
        FailureKind.InvalidArgument,
        "PrefixLengthOutOfRange",
        $"{length} is no prefix length of {address}.",
        $"Give one from 0 to {Bits(address)}.");

    private static NsToolsException Invalid(string text) => new(
        FailureKind.InvalidArgument,
        "InvalidAddress",
        $"'{text}' is no IP address.",
        "Give an address such as 192.0.2.1 or 2001:db8::1, with or without a prefix length: 192.0.2.1/24.");
}
