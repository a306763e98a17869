using System.Runtime.InteropServices;

namespace NsTools.Interop.Netlink.Route;

/// <summary><c>struct rtnexthop</c>: one path of a route; its attributes follow.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NextHopHeader
{
    /// <summary>Bytes, attributes included.</summary>
    public ushort Length;

    /// <summary><c>RTNH_F_*</c>.</summary>
    public byte Flags;

    /// <summary>Weight less one.</summary>
    public byte Hops;

    /// <summary>Index of the link.</summary>
    public int Index;
}
