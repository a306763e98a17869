using System.Net;

namespace NsTools;

/// <summary>A UDP socket that has a port.</summary>
public sealed record NetUdpEndpoint : NetSocket
{
    /// <summary>True when it is connected: it takes datagrams of one other end only.</summary>
    public bool IsConnected => RemotePort != 0;

    /// <inheritdoc/>
    public override string ToString() => new IPEndPoint(LocalAddress, LocalPort).ToString();
}
