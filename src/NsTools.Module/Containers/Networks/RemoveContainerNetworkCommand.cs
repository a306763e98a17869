using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Networks;
using NsTools.Module.Common;

namespace NsTools.Module.Containers.Networks;

/// <summary>Remove-ContainerNetwork: removes networks of containers.</summary>
[Cmdlet(VerbsCommon.Remove, "ContainerNetwork", SupportsShouldProcess = true)]
public sealed class RemoveContainerNetworkCommand : NsToolsCmdlet
{
    /// <summary>The networks; wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Network")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ContainerNetworkTransformation]
    [ArgumentCompleter(typeof(ContainerNetworkCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Takes containers off that are on it; they run on.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            ForItem(name, () =>
            {
                // Those of the host are not ours to remove: only one that is named tells so.
                foreach (ContainerNetwork network in ContainerNetworkSelector.Find(name).Where(network => network.Driver == ContainerNetworkDriver.Bridge || network.Name == name))
                    ForItem(network, () => Remove(network));
            });
        }
    }

    private void Remove(ContainerNetwork network)
    {
        if (ShouldProcess(network.Name, ContainerShellCommand.Join([.. (string[])["network", "rm"], .. Force ? ["--force"] : Array.Empty<string>(), network.Name])))
            ContainerNetworkStore.Current.Remove(network.Name, Force, StopToken);
    }
}
