using System.Runtime.InteropServices;

namespace NsTools.Interop.Netlink.Route;

/// <summary><c>struct ifinfomsg</c>: the header of a link message.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LinkHeader
{
    /// <summary>Address family; 0 for any.</summary>
    public byte Family;

    /// <summary>Nothing.</summary>
    public byte Reserved;

    /// <summary><c>ARPHRD_*</c>.</summary>
    public ushort DeviceType;

    /// <summary>Index of the link; 0 where it goes by name.</summary>
    public int Index;

    /// <summary><c>IFF_*</c>.</summary>
    public uint Flags;

    /// <summary>Which of the flags to change.</summary>
    public uint Change;
}
