using System.Collections.ObjectModel;

namespace NsTools;

/// <summary>A container: a root file system, what runs in it, and how that is kept apart from the host.</summary>
public sealed record Container
{
    /// <summary>Its ID, 64 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>The first 12 digits, as <c>podman ps</c> shows them.</summary>
    public string ShortId => Id[..Math.Min(12, Id.Length)];

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The image as it was named; null for a root file system.</summary>
    public string? Image { get; init; }

    /// <summary>Digest of the image's configuration, which Podman and Docker call the image's ID; null for a root file system.</summary>
    public Digest? ImageId { get; init; }

    /// <summary>The root file system's directory on the host; null for an image.</summary>
    public string? Root { get; init; }

    /// <summary>The program and its arguments.</summary>
    public ReadOnlyCollection<string> Command { get; init; } = [];

    /// <summary>What it is doing.</summary>
    public required ContainerState State { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When it was started last; null when never.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When its program ended; null while it runs, and where nobody was left to see it (a reboot, a killed supervisor).</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The exit code of its last run, 128 and the signal's number for one that was killed; null as for <see cref="FinishedAt"/>.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Name of the signal that killed it, such as <c>KILL</c>; null for none.</summary>
    public string? Signal { get; init; }

    /// <summary>True when its last run was out of memory and something of it was killed for that.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>ID of its first process on the host; null while there is none.</summary>
    public int? ProcessId { get; init; }

    /// <summary>
    /// The ports that are published, such as <c>0.0.0.0:8080->80/tcp</c>, and those others that its image says it listens on,
    /// such as <c>81/tcp</c>.
    /// </summary>
    public ReadOnlyCollection<string> Ports { get; init; } = [];

    /// <summary>Its labels, those of its image included.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Its host name inside.</summary>
    public string? HostName { get; init; }

    /// <summary>Which network it is in.</summary>
    public ContainerNetworkMode Network { get; init; }

    /// <summary>What is mounted in it beside its root: volumes by their names.</summary>
    public ReadOnlyCollection<ContainerMount> Mounts { get; init; } = [];

    /// <summary>
    /// Maps of the user namespace that -UserNamespace gave it, such as <c>0:524288:65536</c>: the first ID inside, the first one
    /// outside, how many. Empty for the usual: none as root, the caller's subordinate IDs otherwise.
    /// </summary>
    public ReadOnlyCollection<string> UserNamespace { get; init; } = [];

    /// <summary>Name of its pod; null for none.</summary>
    public string? Pod { get; init; }

    /// <summary>Its places on networks, with its addresses while it runs.</summary>
    public ReadOnlyCollection<ContainerNetworkAttachment> Networks { get; init; } = [];

    /// <summary>Its first address; null while it does not run, and for one that is on no network.</summary>
    public System.Net.IPAddress? IPAddress => Networks.SelectMany(network => network.IPAddresses).FirstOrDefault();

    /// <summary>Its ports that are published on the host while it runs.</summary>
    public ReadOnlyCollection<ContainerPort> PublishedPorts { get; init; } = [];

    /// <summary>When it is started again by itself: <c>on-failure[:N]</c>, <c>always</c>, <c>unless-stopped</c>; null for never.</summary>
    public string? RestartPolicy { get; init; }

    /// <summary>How often it was started again by itself since somebody started it.</summary>
    public int RestartCount { get; init; }

    /// <summary>How it is checked and whether it is well; null for one without a health check.</summary>
    public ContainerHealth? Health { get; init; }

    /// <summary>True for one that has a terminal.</summary>
    public bool HasTerminal { get; init; }

    /// <summary>True for one that is removed when it has ended.</summary>
    public bool RemovesItself { get; init; }

    /// <summary>The directory that has its configuration, its log and what it has written.</summary>
    public string? Path { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
