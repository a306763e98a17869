using System.Runtime.InteropServices;

namespace NsTools.Interop.Netlink.Route;

/// <summary><c>struct rtmsg</c>: the header of a route message.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RouteHeader
{
    /// <summary>Address family; 0 for any.</summary>
    public byte Family;

    /// <summary>Prefix length of the destination in bits.</summary>
    public byte DestinationLength;

    /// <summary>Prefix length of the source in bits.</summary>
    public byte SourceLength;

    /// <summary>Type of service.</summary>
    public byte TypeOfService;

    /// <summary>Table, where it is below 256.</summary>
    public byte Table;

    /// <summary><c>RTPROT_*</c>.</summary>
    public byte Protocol;

    /// <summary><c>RT_SCOPE_*</c>.</summary>
    public byte Scope;

    /// <summary><c>RTN_*</c>.</summary>
    public byte RouteType;

    /// <summary><c>RTM_F_*</c> and <c>RTNH_F_*</c>.</summary>
    public uint Flags;
}
