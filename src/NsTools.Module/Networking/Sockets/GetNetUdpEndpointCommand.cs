using System.Management.Automation;
using NsTools.Namespaces;
using NsTools.Networking.Sockets;

namespace NsTools.Module.Networking.Sockets;

/// <summary>Get-NetUDPEndpoint: UDP sockets that have a port, with the process that has them.</summary>
[Cmdlet(VerbsCommon.Get, "NetUDPEndpoint")]
[OutputType(typeof(NetUdpEndpoint))]
public sealed class GetNetUdpEndpointCommand : SocketCmdlet<NetUdpEndpoint>
{
    private protected override string Kind => "UDP endpoint";

    private protected override IReadOnlyList<NetUdpEndpoint> Read(NamespaceReference? reference, CancellationToken cancellationToken) =>
        SocketTable.ReadUdp(reference, cancellationToken);
}
