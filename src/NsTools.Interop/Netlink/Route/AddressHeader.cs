using System.Runtime.InteropServices;

namespace NsTools.Interop.Netlink.Route;

/// <summary><c>struct ifaddrmsg</c>: the header of an address message.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct AddressHeader
{
    /// <summary>Address family; 0 for any.</summary>
    public byte Family;

    /// <summary>Prefix length in bits.</summary>
    public byte PrefixLength;

    /// <summary>The lower eight <c>IFA_F_*</c>.</summary>
    public byte Flags;

    /// <summary><c>RT_SCOPE_*</c>.</summary>
    public byte Scope;

    /// <summary>Index of the link.</summary>
    public uint Index;
}
