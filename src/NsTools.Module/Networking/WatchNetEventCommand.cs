using System.Diagnostics;
using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Watch-NetEvent: what changes in network namespaces, as it happens, until Ctrl+C or a limit.</summary>
[Cmdlet(VerbsCommon.Watch, "NetEvent")]
[OutputType(typeof(NetEvent))]
public sealed class WatchNetEventCommand : NetworkCmdlet
{
    // Ctrl+C and the other namespaces' turn wait no longer than this.
    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(100);

    /// <summary>What to listen to; everything if nothing is given.</summary>
    [Parameter(Position = 0)]
    public NetEventKind[] Kind { get; set; } = [];

    /// <summary>The network namespaces to listen in; the caller's own if none is given.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference?[]? Namespace { get; set; }

    /// <summary>End after this time: a TimeSpan, or seconds.</summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [SecondsTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>End after this many events.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? MaximumCount { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        List<NetworkMonitor> monitors = [];
        try
        {
            foreach (NamespaceReference? reference in Places(Namespace))
                ForItem(reference, () => monitors.Add(NetworkMonitor.Open(reference, Kind)));
            if (monitors.Count > 0)
                ForItem(null, () => Listen(monitors));
        }
        finally
        {
            monitors.ForEach(m => m.Dispose());
        }
    }

    private void Listen(List<NetworkMonitor> monitors)
    {
        long left = MaximumCount ?? long.MaxValue;
        Stopwatch watch = Stopwatch.StartNew();
        TimeSpan slice = s_slice / monitors.Count;
        while (!StopToken.IsCancellationRequested && (Timeout is not { } limit || watch.Elapsed < limit))
        {
            foreach (NetworkMonitor monitor in monitors)
            {
                foreach (NetEvent one in monitor.Wait(slice))
                {
                    WriteObject(one);
                    if (--left == 0)
                        return;
                }
            }
        }
    }
}
