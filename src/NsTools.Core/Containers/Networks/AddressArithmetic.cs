using System.Buffers.Binary;
using System.Net;

namespace NsTools.Containers.Networks;

/// <summary>Addresses as the numbers that they are.</summary>
internal static class AddressArithmetic
{
    private const int IPv4Bytes = 4;

    /// <summary>An address as a number.</summary>
    public static UInt128 ToNumber(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        return bytes.Length == IPv4Bytes ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>The address so far behind another one.</summary>
    public static IPAddress Add(IPAddress address, UInt128 offset)
    {
        UInt128 number = ToNumber(address) + offset;
        byte[] bytes = address.GetAddressBytes();
        if (bytes.Length == IPv4Bytes)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)number);
        else
            BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new IPAddress(bytes);
    }

    /// <summary>How many addresses a network has that a machine can have: not its own name and, of IPv4, not its broadcast address.</summary>
    public static UInt128 CountHosts(IPNetwork prefix)
    {
        int bits = prefix.BaseAddress.GetAddressBytes().Length * 8 - prefix.PrefixLength;
        UInt128 all = UInt128.One << bits;
        UInt128 reserved = prefix.BaseAddress.GetAddressBytes().Length == IPv4Bytes ? 2u : 1u;
        return all > reserved ? all - reserved : 0;
    }
}
