namespace NsTools.Containers.Networks;

/// <summary>What a container or pod is to have of networks.</summary>
internal sealed record SandboxRequest
{
    /// <summary>Its ID.</summary>
    public required string Id { get; init; }

    /// <summary>Its name, under which others find it.</summary>
    public required string Name { get; init; }

    /// <summary>Its host name.</summary>
    public required string HostName { get; init; }

    /// <summary>The directory for its hosts file, host name and <c>resolv.conf</c>.</summary>
    public required string Directory { get; init; }

    /// <summary>True for a pod's.</summary>
    public bool IsPod { get; init; }

    /// <summary>Path of its network namespace, which somebody else keeps; null for one to be made.</summary>
    public string? NamespacePath { get; init; }

    /// <summary>The helper that it is to have in place of networks; null for none.</summary>
    public ContainerNetworkMode? Helper { get; init; }

    /// <summary>The networks.</summary>
    public required IReadOnlyList<ContainerNetworkRequest> Networks { get; init; }

    /// <summary>The ports to be published.</summary>
    public IReadOnlyList<ContainerPort> Ports { get; init; } = [];
}
