using System.Management.Automation;
using System.Net;
using NsTools.Containers;
using NsTools.Containers.Networks;

namespace NsTools.Module.Containers.Networks;

/// <summary>Connect-ContainerNetwork: puts containers on another network, at once where they run.</summary>
[Cmdlet(VerbsCommunications.Connect, "ContainerNetwork", SupportsShouldProcess = true)]
[OutputType(typeof(Container))]
public sealed class ConnectContainerNetworkCommand : ContainerNetworkMemberCmdlet
{
    /// <summary>The address to have there, one of each family; without it the next that is free.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public IPAddress[] IPAddress { get; set; } = [];

    /// <summary>Names, beside the container's, under which others there find it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Alias { get; set; } = [];

    private ContainerNetworkRequest Request => new(Network!) { Addresses = [.. IPAddress.Select(address => address.ToString())], Aliases = Alias };

    /// <inheritdoc/>
    private protected override string Describe(Container container) => ContainerNetworkShellCommand.Connect(Request, container.Name);

    /// <inheritdoc/>
    private protected override void Process(Container container) => new ContainerNetworkMembers(ContainerStore.Current).Connect(container, Request, StopToken);
}
