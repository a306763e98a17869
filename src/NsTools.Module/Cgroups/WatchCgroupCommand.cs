using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>What Watch-Cgroup sorts by.</summary>
public enum CgroupSortKey
{
    /// <summary>CPU use.</summary>
    Cpu,

    /// <summary>Memory in use.</summary>
    Memory,

    /// <summary>Block I/O.</summary>
    Io,

    /// <summary>Processes and threads.</summary>
    Tasks,

    /// <summary>The path.</summary>
    Path,
}

/// <summary>
/// Watch-Cgroup: what cgroups use, sampled again and again: a full-screen table on a terminal as systemd-cgtop has it,
/// objects everywhere else.
/// </summary>
[Cmdlet(VerbsCommon.Watch, "Cgroup")]
[OutputType(typeof(CgroupActivity))]
public sealed class WatchCgroupCommand : CgroupCmdlet
{
    private readonly List<CgroupReference> _tops = [];

    /// <summary>Paths or patterns of the cgroups to watch, with all beneath them. Without it, all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    [Alias("Path")]
    public string[] Name { get; set; } = [];

    /// <summary>Seconds between samples.</summary>
    [Parameter]
    [ValidateRange(0.05, 3600)]
    public double Interval { get; set; } = 1;

    /// <summary>How many samples; 0 until stopped.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Count { get; set; }

    /// <summary>What the rows are sorted by. On the full-screen table the keys c, m, i, t and p change it, + and - the interval, q ends.</summary>
    [Parameter]
    public CgroupSortKey Sort { get; set; }

    /// <summary>How many levels beneath the watched cgroups are shown.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Depth { get; set; } = 3;

    /// <summary>Returns objects on a terminal, too.</summary>
    [Parameter]
    public SwitchParameter AsObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            ForCgroup(name, () =>
            {
                if (WildcardPattern.ContainsWildcardCharacters(name))
                {
                    _tops.AddRange(new CgroupFinder(Hierarchies).Match(name, (pattern, part) => WildcardPattern.Get(pattern, WildcardOptions.None).IsMatch(part)));
                    return;
                }
                CgroupReference reference = CgroupReference.FromPath(name);
                Hierarchies.Open(reference).Dispose();
                _tops.Add(reference);
            });
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Name.Length > 0 && _tops.Count == 0)
            return;
        ForCgroup(null, Watch);
    }

    private void Watch()
    {
        // On a terminal and last in the pipeline, nobody but a person reads it.
        bool isScreen = !AsObject && MyInvocation.PipelinePosition == MyInvocation.PipelineLength
            && !Console.IsOutputRedirected && !Console.IsInputRedirected && Host.Name == "ConsoleHost";
        CgroupSampler sampler = new(Hierarchies, _tops.Count == 0 ? [new CgroupReference("/")] : _tops, Depth);
        using CgroupScreen? screen = isScreen ? new CgroupScreen(Sort, TimeSpan.FromSeconds(Interval)) : null;
        // Rates need two samples: the first is taken before anything is shown.
        sampler.Sample(StopToken);
        for (int shown = 0; Count == 0 || shown < Count; shown++)
        {
            if (screen is null)
                StopToken.WaitHandle.WaitOne(TimeSpan.FromSeconds(Interval));
            else if (!screen.Wait(StopToken))
                return;
            StopToken.ThrowIfCancellationRequested();
            IReadOnlyList<CgroupActivity> rows = sampler.Sample(StopToken);
            if (screen is null)
                WriteObject(CgroupScreen.Order(rows, Sort), enumerateCollection: true);
            else
                screen.Show(rows);
        }
    }
}
