using System.Collections.ObjectModel;
using System.Net;

namespace NsTools;

/// <summary>Containers that share a network, System V IPC and POSIX message queues, the host name and <c>/dev/shm</c>, and when asked their processes.</summary>
public sealed record Pod
{
    /// <summary>Its ID, 64 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is doing.</summary>
    public required PodState State { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The host name of its containers.</summary>
    public required string HostName { get; init; }

    /// <summary>Names of its containers, in the order in which they were made.</summary>
    public ReadOnlyCollection<string> Containers { get; init; } = [];

    /// <summary>Its places on networks, with its addresses while it is up.</summary>
    public ReadOnlyCollection<ContainerNetworkAttachment> Networks { get; init; } = [];

    /// <summary>Its first address; null while it is not up.</summary>
    public IPAddress? IPAddress => Networks.SelectMany(network => network.IPAddresses).FirstOrDefault();

    /// <summary>The ports that are published on the host while it is up.</summary>
    public ReadOnlyCollection<ContainerPort> PublishedPorts { get; init; } = [];

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Name of the <see cref="NsTools.NamespaceSet"/> that holds its namespaces while it is up.</summary>
    public required string NamespaceSet { get; init; }

    /// <summary>True where its containers see each other's processes.</summary>
    public bool SharesProcesses { get; init; }

    /// <summary>The directory that has what it is.</summary>
    public string? Path { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What a <see cref="Pod"/> is doing.</summary>
public enum PodState
{
    /// <summary>It has never been up.</summary>
    Created,

    /// <summary>It is up, with all of its containers.</summary>
    Running,

    /// <summary>It is up, and some of its containers do not run.</summary>
    Degraded,

    /// <summary>None of it runs.</summary>
    Exited,
}
