using System.Management.Automation;
using NsTools.Containers;
using NsTools.Module.Common;

namespace NsTools.Module.Containers.Networks;

/// <summary>A cmdlet that puts containers on a network, or takes them off one.</summary>
public abstract class ContainerNetworkMemberCmdlet : NsToolsCmdlet
{
    /// <summary>The network.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ContainerNetworkTransformation]
    [ArgumentCompleter(typeof(ContainerNetworkCompleter))]
    public string? Network { get; set; }

    /// <summary>The containers: a Container, a name, an ID or the beginning of one; wildcards match names.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [Alias("Name", "Id")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ContainerTransformation]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    public string[] Container { get; set; } = [];

    /// <summary>Returns the containers.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>The equivalent command.</summary>
    private protected abstract string Describe(Container container);

    /// <summary>Does it.</summary>
    private protected abstract void Process(Container container);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Container)
        {
            ForItem(given, () =>
            {
                foreach (Container container in ContainerCmdlet.Find(given))
                    ForItem(container, () => ProcessOne(container));
            });
        }
    }

    private void ProcessOne(Container container)
    {
        if (!ShouldProcess(container.Name, Describe(container)))
            return;
        Process(container);
        if (PassThru)
            WriteObject(ContainerStore.Current.Get(container.Id));
    }
}
