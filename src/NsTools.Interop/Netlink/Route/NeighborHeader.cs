using System.Runtime.InteropServices;

namespace NsTools.Interop.Netlink.Route;

/// <summary><c>struct ndmsg</c>: the header of a neighbour message.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NeighborHeader
{
    /// <summary>Address family; 0 for any.</summary>
    public byte Family;

    /// <summary>Nothing.</summary>
    public byte Padding1;

    /// <summary>Nothing.</summary>
    public ushort Padding2;

    /// <summary>Index of the link.</summary>
    public int Index;

    /// <summary><c>NUD_*</c>.</summary>
    public ushort State;

    /// <summary><c>NTF_*</c>.</summary>
    public byte Flags;

    /// <summary><c>RTN_*</c>.</summary>
    public byte NeighborType;
}
