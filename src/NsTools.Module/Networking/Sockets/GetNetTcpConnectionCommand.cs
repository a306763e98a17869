using System.Management.Automation;
using NsTools.Namespaces;
using NsTools.Networking.Sockets;

namespace NsTools.Module.Networking.Sockets;

/// <summary>Get-NetTCPConnection: connections and listeners, with the process that has them.</summary>
[Cmdlet(VerbsCommon.Get, "NetTCPConnection")]
[OutputType(typeof(NetTcpConnection))]
public sealed class GetNetTcpConnectionCommand : SocketCmdlet<NetTcpConnection>
{
    /// <summary>Only in these states.</summary>
    [Parameter]
    public NetTcpState[] State { get; set; } = [];

    private protected override string Kind => "TCP connection";

    private protected override IReadOnlyList<NetTcpConnection> Read(NamespaceReference? reference, CancellationToken cancellationToken) =>
        State.Length == 0
            ? SocketTable.ReadTcp(reference, [], cancellationToken)
            : [.. SocketTable.ReadTcp(reference, State, cancellationToken).Where(connection => State.Contains(connection.State))];
}
