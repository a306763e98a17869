using System.Net;

namespace NsTools;

/// <summary>A TCP connection, or a socket that waits for some.</summary>
public sealed record NetTcpConnection : NetSocket
{
    /// <summary>State.</summary>
    public required NetTcpState State { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{new IPEndPoint(LocalAddress, LocalPort)} {new IPEndPoint(RemoteAddress, RemotePort)} {State}";
}
