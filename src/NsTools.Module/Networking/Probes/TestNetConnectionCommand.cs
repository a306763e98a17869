using System.Globalization;
using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking.Probes;

namespace NsTools.Module.Networking.Probes;

/// <summary>Test-NetConnection: whether, and by which way, another machine or a TCP port of it is reached.</summary>
[Cmdlet(VerbsDiagnostic.Test, "NetConnection", DefaultParameterSetName = PingSet)]
[OutputType(typeof(NetConnectionTest), typeof(bool))]
public sealed class TestNetConnectionCommand : NsToolsCmdlet
{
    private const string PingSet = "Ping";
    private const string TcpSet = "Tcp";
    private const string CommonSet = "CommonTcpPort";

    /// <summary>Names or addresses of other machines.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("RemoteAddress", "HostName", "IPAddress")]
    [ValidateNotNullOrEmpty]
    public string[] ComputerName { get; set; } = [];

    /// <summary>The TCP port to connect to; without it echo requests are sent.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = TcpSet)]
    [Alias("RemotePort")]
    [ValidateRange(1, ushort.MaxValue)]
    public int Port { get; set; }

    /// <summary>The TCP port to connect to, by the name of what usually listens there.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CommonSet)]
    public CommonTcpPort CommonTCPPort { get; set; }

    /// <summary>How many echo requests to send.</summary>
    [Parameter(ParameterSetName = PingSet)]
    [ValidateRange(1, ushort.MaxValue / 2)]
    public int Count { get; set; } = 1;

    /// <summary>Also finds the routers on the way.</summary>
    [Parameter]
    public SwitchParameter TraceRoute { get; set; }

    /// <summary>How many routers at most.</summary>
    [Parameter]
    [ValidateRange(1, 255)]
    public int Hops { get; set; } = 30;

    /// <summary>How many seconds to wait for each answer; fractions are allowed.</summary>
    [Parameter]
    [ValidateRange(0.001, 3600.0)]
    public double TimeoutSeconds { get; set; } = 2;

    /// <summary>Detailed gives an object, Quiet a truth value.</summary>
    [Parameter]
    public ConnectionInformationLevel InformationLevel { get; set; }

    /// <summary>The network namespace to test from; the caller's own if none is given.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string computer in ComputerName)
        {
            ForItem(computer, () =>
            {
                NetConnectionTest test = new ConnectionTester(Namespace, StopToken).Test(
                    new ConnectionTestRequest
                    {
                        ComputerName = computer,
                        Port = ParameterSetName == CommonSet ? (int)CommonTCPPort : Port,
                        Count = Count,
                        Timeout = TimeSpan.FromSeconds(TimeoutSeconds),
                        Hops = TraceRoute ? Hops : 0,
                    },
                    hop => WriteProgress(new ProgressRecord(0, $"Tracing the way to {computer}", string.Create(CultureInfo.InvariantCulture, $"Hop {hop.Hop}: {hop}"))));
                WriteObject(InformationLevel == ConnectionInformationLevel.Quiet ? test.Succeeded : test);
            });
        }
    }
}
