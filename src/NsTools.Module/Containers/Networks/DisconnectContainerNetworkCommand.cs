using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Networks;

namespace NsTools.Module.Containers.Networks;

/// <summary>Disconnect-ContainerNetwork: takes containers off a network, at once where they run.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "ContainerNetwork", SupportsShouldProcess = true)]
[OutputType(typeof(Container))]
public sealed class DisconnectContainerNetworkCommand : ContainerNetworkMemberCmdlet
{
    /// <inheritdoc/>
    private protected override string Describe(Container container) => ContainerShellCommand.Join("network", "disconnect", Network!, container.Name);

    /// <inheritdoc/>
    private protected override void Process(Container container) => new ContainerNetworkMembers(ContainerStore.Current).Disconnect(container, Network!, StopToken);
}
