using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Resources;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>
/// Watch-Container: what containers use, sampled again and again: a full-screen table on a terminal as podman stats has it,
/// objects everywhere else.
/// </summary>
[Cmdlet(VerbsCommon.Watch, "Container")]
[OutputType(typeof(ContainerStatistic))]
public sealed class WatchContainerCommand : NsToolsCmdlet
{
    private readonly HashSet<string> _ids = [];

    /// <summary>The containers: names, IDs or objects; wildcards match names. Without it all that run, new ones too.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Alias("Name", "Id")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ContainerTransformation]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    public string[] Container { get; set; } = [];

    /// <summary>Seconds between samples.</summary>
    [Parameter]
    [ValidateRange(0.05, 3600)]
    public double Interval { get; set; } = 1;

    /// <summary>How many samples; 0 until stopped.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Count { get; set; }

    /// <summary>What the rows are sorted by. On the full-screen table the keys c, m, w, i, p and n change it, q ends.</summary>
    [Parameter]
    public ContainerSortKey Sort { get; set; }

    /// <summary>Returns objects on a terminal, too.</summary>
    [Parameter]
    public SwitchParameter AsObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Container)
            ForItem(given, () => _ids.UnionWith(ContainerCmdlet.Find(given).Select(container => container.Id)));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // None of those that were named is there.
        if (Container.Length > 0 && _ids.Count == 0)
            return;
        ForItem(null, Watch);
    }

    private void Watch()
    {
        // On a terminal and last in the pipeline, nobody but a person reads it.
        bool isScreen = !AsObject && MyInvocation.PipelinePosition == MyInvocation.PipelineLength
            && !Console.IsOutputRedirected && !Console.IsInputRedirected && Host.Name == "ConsoleHost";
        ContainerSampler sampler = new();
        using ContainerScreen? screen = isScreen ? new ContainerScreen(Sort, TimeSpan.FromSeconds(Interval)) : null;
        // Percentages need two samples: the first is taken before anything is shown.
        Sample(sampler);
        for (int shown = 0; Count == 0 || shown < Count; shown++)
        {
            if (screen is null)
                StopToken.WaitHandle.WaitOne(TimeSpan.FromSeconds(Interval));
            else if (!screen.Wait(StopToken))
                return;
            StopToken.ThrowIfCancellationRequested();
            ContainerStatistic[] rows = Sample(sampler);
            // Those that were named have all ended.
            if (rows.Length == 0 && _ids.Count > 0)
                return;
            if (screen is null)
                WriteObject(ContainerScreen.Order(rows, Sort), enumerateCollection: true);
            else
                screen.Show(rows);
        }
    }

    private ContainerStatistic[] Sample(ContainerSampler sampler) =>
        [.. ContainerStore.Current.List().Where(container => _ids.Count == 0 || _ids.Contains(container.Id)).Select(sampler.Sample).OfType<ContainerStatistic>()];
}
