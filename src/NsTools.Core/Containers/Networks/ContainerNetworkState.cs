using System.Net;
using System.Net.NetworkInformation;

namespace NsTools.Containers.Networks;

/// <summary>What a container or pod shows of its networks.</summary>
internal static class ContainerNetworkState
{
    /// <summary>Its places on networks and its published ports: as they are where it runs, else as they are to be.</summary>
    /// <param name="directory">A container's directory.</param>
    /// <param name="sandbox">What it has now; null where it does not run.</param>
    public static (IReadOnlyList<ContainerNetworkAttachment> Networks, IReadOnlyList<ContainerPort> Ports) Of(string directory, SandboxDocument? sandbox) => sandbox is not null
        ? Of([], sandbox)
        : Of(ContainerNetworking.Read(directory).Networks, sandbox);

    /// <summary>The same of what is to be on networks.</summary>
    public static (IReadOnlyList<ContainerNetworkAttachment> Networks, IReadOnlyList<ContainerPort> Ports) Of(IReadOnlyList<ContainerNetworkRequest> plan, SandboxDocument? sandbox) => sandbox is not null
        ? (sandbox.Attachments.Select(Describe).ToArray(), sandbox.Ports.Select(port => port.ToPort()).ToArray())
        : (plan.Select(Describe).ToArray(), []);

    private static ContainerNetworkAttachment Describe(AttachmentDocument attachment) => new()
    {
        Network = attachment.Network,
        InterfaceName = attachment.InterfaceName,
        IPAddresses = [.. attachment.Addresses.Select(text => IPAddress.Parse(text.Split('/')[0]))],
        HardwareAddress = PhysicalAddress.TryParse(attachment.HardwareAddress, out PhysicalAddress? address) ? address : null,
        Aliases = [.. attachment.Aliases],
    };

    private static ContainerNetworkAttachment Describe(ContainerNetworkRequest request) => new()
    {
        Network = request.Network,
        IPAddresses = [.. request.Addresses.Select(text => IPAddress.Parse(text))],
        Aliases = [.. request.Aliases],
    };
}
