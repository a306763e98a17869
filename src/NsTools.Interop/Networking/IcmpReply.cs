using System.Net;

namespace NsTools.Interop.Networking;

/// <summary>What came back of an echo request.</summary>
/// <param name="From">Who answered: the other end, or a router on the way.</param>
/// <param name="Errno">0 for an echo; else the error that the kernel makes of what a router said: <c>EHOSTUNREACH</c>, <c>ECONNREFUSED</c>, …</param>
/// <param name="IsTimeExceeded">True when a router dropped it because its hops were used up.</param>
public sealed record IcmpReply(IPAddress From, int Errno, bool IsTimeExceeded);
