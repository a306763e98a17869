using System.Net;

namespace NsTools.Containers.Networks;

/// <summary>The equivalent <c>podman network</c> commands.</summary>
public static class ContainerNetworkShellCommand
{
    /// <summary>That which makes a network.</summary>
    /// <param name="options">What it is to be.</param>
    public static string Create(ContainerNetworkOptions options) => ContainerShellCommand.Join([
        "network", "create",
        .. options.Subnets.SelectMany(subnet => (string[])["--subnet", subnet.ToString()]),
        .. options.Gateways.SelectMany(gateway => (string[])["--gateway", gateway.ToString()]),
        .. options.HasIPv6 ? ["--ipv6"] : Array.Empty<string>(),
        .. options.IsInternal ? ["--internal"] : Array.Empty<string>(),
        .. options.InterfaceName is { } name ? ["--interface-name", name] : Array.Empty<string>(),
        .. options.Mtu is { } mtu ? ["--opt", $"mtu={mtu}"] : Array.Empty<string>(),
        .. options.Labels.SelectMany(label => (string[])["--label", $"{label.Key}={label.Value}"]),
        options.Name]);

    /// <summary>That which puts a container on a network.</summary>
    /// <param name="request">The network, and how.</param>
    /// <param name="container">The container.</param>
    public static string Connect(ContainerNetworkRequest request, string container) => ContainerShellCommand.Join([
        "network", "connect",
        .. request.Addresses.SelectMany(address => (string[])[IPAddress.Parse(address).AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? "--ip6" : "--ip", address]),
        .. request.Aliases.SelectMany(alias => (string[])["--alias", alias]),
        request.Network, container]);
}
