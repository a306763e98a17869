namespace NsTools.Interop.Netlink;

/// <summary>Flags of a netlink message (<c>netlink(7)</c>, <c>include/uapi/linux/netlink.h</c>). What a bit means depends on the request.</summary>
[Flags]
public enum NetlinkFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>It is a request; the connection sets it.</summary>
    Request = 0x1,

    /// <summary>Part of an answer of several messages that <c>NLMSG_DONE</c> ends.</summary>
    Multi = 0x2,

    /// <summary>Answer with an acknowledgement also on success; the connection sets it where it waits for one.</summary>
    Ack = 0x4,

    /// <summary>Send what changed back to the requester.</summary>
    Echo = 0x8,

    /// <summary>In an answer: what is dumped changed meanwhile, so the dump may be inconsistent.</summary>
    DumpInterrupted = 0x10,

    /// <summary>In an answer: the dump was filtered as the request asked.</summary>
    DumpFiltered = 0x20,

    /// <summary>In a request to get: everything, not one.</summary>
    Dump = 0x300,

    /// <summary>In a request to make: replace what exists.</summary>
    Replace = 0x100,

    /// <summary>In a request to make: fail when it exists.</summary>
    Exclusive = 0x200,

    /// <summary>In a request to make: make it when it does not exist.</summary>
    Create = 0x400,

    /// <summary>In a request to make: add to the end of the list.</summary>
    Append = 0x800,
}
