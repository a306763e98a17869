using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>Wait-CgroupEvent: waits until something happens to a cgroup.</summary>
[Cmdlet(VerbsLifecycle.Wait, "CgroupEvent")]
[OutputType(typeof(CgroupEvent))]
public sealed class WaitCgroupEventCommand : CgroupCmdlet
{
    /// <summary>The cgroup: a path, or what Get-Cgroup returns.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference Cgroup { get; set; } = null!;

    /// <summary>Only these events. Without it, any.</summary>
    [Parameter(Position = 1)]
    public CgroupEventType[] Type { get; set; } = [];

    /// <summary>Seconds to wait at most; when they are over it is an error. Without it, for ever.</summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(0, int.MaxValue / 1000)]
    public double Timeout { get; set; } = -1;

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForCgroup(Cgroup.Path, () =>
    {
        using CgroupEvents events = new(Hierarchies.Open(Cgroup));
        TimeSpan timeout = Timeout < 0 ? System.Threading.Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(Timeout);
        IReadOnlyList<CgroupEvent> seen = events.Wait(Type, timeout, StopToken);
        if (seen.Count == 0)
        {
            throw new NsToolsException(
                FailureKind.Timeout, "CgroupEventTimeout", $"Nothing of what was waited for happened to '{Cgroup.Path}' in {Timeout} s.",
                "Wait longer with -Timeout; Get-CgroupStatistic shows what has been counted.");
        }
        WriteObject(seen, enumerateCollection: true);
    });
}
