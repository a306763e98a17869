using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>Get-ContainerLog: what the programs of containers have written.</summary>
[Cmdlet(VerbsCommon.Get, "ContainerLog")]
[OutputType(typeof(ContainerLogEntry))]
public sealed class GetContainerLogCommand : ContainerCmdlet
{
    /// <summary>Goes on with what comes, until the container has ended.</summary>
    [Parameter]
    public SwitchParameter Follow { get; set; }

    /// <summary>Only so many lines of what is there, the last ones.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Tail { get; set; }

    /// <summary>Only what was written since.</summary>
    [Parameter]
    public DateTimeOffset Since { get; set; }

    /// <summary>Only one of the two streams.</summary>
    [Parameter]
    public ContainerLogStream Stream { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Container container)
    {
        bool hasTail = MyInvocation.BoundParameters.ContainsKey(nameof(Tail));
        bool hasStream = MyInvocation.BoundParameters.ContainsKey(nameof(Stream));
        IEnumerable<ContainerLogEntry> Read(bool isFollowing) =>
            new ContainerLogReader(Store, container).Read(isFollowing, StopToken).Where(entry => entry.Time >= Since && (!hasStream || entry.Stream == Stream));
        int known = 0;
        if (hasTail)
        {
            List<ContainerLogEntry> present = [.. Read(isFollowing: false)];
            WriteObject(present.TakeLast(Tail), enumerateCollection: true);
            if (!Follow)
                return;
            known = present.Count;
        }
        foreach (ContainerLogEntry entry in Read(Follow).Skip(known))
            WriteObject(entry);
    }
}
