namespace NsTools.Interop.Netlink;

/// <summary>What a netlink request asks for.</summary>
/// <param name="Type">The message type.</param>
/// <param name="Name">The kernel's name for it, such as <c>RTM_NEWLINK</c>; errors tell it.</param>
public readonly record struct NetlinkOperation(ushort Type, string Name);
