using System.Management.Automation;
using NsTools.Containers.Resources;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Get-ContainerStatistic: one sample of what containers use.</summary>
[Cmdlet(VerbsCommon.Get, "ContainerStatistic")]
[OutputType(typeof(ContainerStatistic))]
public sealed class GetContainerStatisticCommand : NsToolsCmdlet
{
    /// <summary>The containers: names, IDs or objects; wildcards match names. Without it all that run.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Alias("Name", "Id")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ContainerTransformation]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    public string[] Container { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Container)
        {
            ForItem(given, () =>
            {
                bool isNamed = !WildcardPattern.ContainsWildcardCharacters(given);
                foreach (Container container in ContainerCmdlet.Find(given))
                    ForItem(container, () => Write(container, isNamed));
            });
        }
    }

    private void Write(Container container, bool isNamed)
    {
        if (new ContainerSampler().Sample(container) is { } statistic)
            WriteObject(statistic);
        else if (isNamed)
            throw new NsToolsException(FailureKind.InvalidState, "ContainerNotRunning", $"The container '{container.Name}' does not run: it is {container.State}.", $"Start-Container {container.Name} starts it.");
    }
}
