using NsTools.Containers.Networks;

namespace NsTools.Containers.Pods;

/// <summary>What a new pod is to be.</summary>
public sealed record PodOptions
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The host name of its containers; null for its name.</summary>
    public string? HostName { get; init; }

    /// <summary>Its networks; none for the default one.</summary>
    public IReadOnlyList<ContainerNetworkRequest> Networks { get; init; } = [];

    /// <summary>The helper that it is to have in place of networks; null for an ordinary user's usual one, and for root's none.</summary>
    public ContainerNetworkMode? Helper { get; init; }

    /// <summary>The ports to be published.</summary>
    public IReadOnlyList<ContainerPort> Ports { get; init; } = [];

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>True for containers that see each other's processes.</summary>
    public bool SharesProcesses { get; init; }

    /// <summary>The equivalent command.</summary>
    public string Describe() => ContainerShellCommand.Join([
        "pod", "create", "--name", Name,
        .. HostName is null ? Array.Empty<string>() : ["--hostname", HostName],
        .. Helper is { } helper ? ["--network", helper.ToString().ToLowerInvariant()] : Array.Empty<string>(),
        .. Networks.SelectMany(network => (string[])["--network", network.ToString()]),
        .. Ports.SelectMany(port => (string[])["--publish", port.ToPublishWord()]),
        .. Labels.SelectMany(label => (string[])["--label", $"{label.Key}={label.Value}"]),
        .. SharesProcesses ? ["--share", "+pid"] : Array.Empty<string>()]);
}
