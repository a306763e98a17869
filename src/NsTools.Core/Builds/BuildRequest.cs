using NsTools.Containers.Networks;
using NsTools.Images;

namespace NsTools.Builds;

/// <summary>What is to be built, and how.</summary>
public sealed record BuildRequest
{
    /// <summary>The Dockerfile.</summary>
    public required Dockerfile File { get; init; }

    /// <summary>The directory that COPY and ADD copy from.</summary>
    public required string Context { get; init; }

    /// <summary>The names that the image gets in the store.</summary>
    public IReadOnlyList<ImageReference> Tags { get; init; } = [];

    /// <summary>The name or number of the stage to build; null for the last one.</summary>
    public string? Target { get; init; }

    /// <summary>Values of ARGs, by name; null for the variable of that name of this process.</summary>
    public IReadOnlyDictionary<string, string?> Arguments { get; init; } = new Dictionary<string, string?>();

    /// <summary>Labels on top of the Dockerfile's.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Annotations of the manifest.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Whose media types the image has.</summary>
    public ImageFormat Format { get; init; }

    /// <summary>What the image is to run on; this machine where it is null.</summary>
    public ImagePlatform? Platform { get; init; }

    /// <summary>Files of the host with secrets, by the identifiers that <c>RUN --mount=type=secret,id=…</c> names.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();

    /// <summary>What each RUN has mounted.</summary>
    public IReadOnlyList<ContainerMount> Mounts { get; init; } = [];

    /// <summary>How each RUN is kept apart from the host.</summary>
    public BuildIsolation Isolation { get; init; }

    /// <summary>The network of each RUN that asks for none.</summary>
    public ContainerNetworkSelection Network { get; init; } = new() { Mode = ContainerNetworkMode.Host };

    /// <summary>Most memory of a RUN, in bytes; null for no limit.</summary>
    public long? Memory { get; init; }

    /// <summary>Most processor time of a RUN, in cores; null for no limit.</summary>
    public double? Cpu { get; init; }

    /// <summary>Which layers become one at the end.</summary>
    public BuildSquash Squash { get; init; }

    /// <summary>True runs every step, whether an earlier build has or not.</summary>
    public bool IsUncached { get; init; }

    /// <summary>When images that FROM names are brought from their registries.</summary>
    public ImagePullPolicy Pull { get; init; } = ImagePullPolicy.Missing;

    /// <summary>How the registries are reached.</summary>
    public ImageAccess Access { get; init; } = new();

    /// <summary>The time of the image, and the latest that a file of it may have (reproducible-builds.org, SOURCE_DATE_EPOCH); null for now, and the files' own.</summary>
    public DateTimeOffset? SourceDateEpoch { get; init; }

    /// <summary>What the history says in place of each instruction; null for the instruction.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>True leaves the container of a RUN that fails.</summary>
    public bool KeepsFailed { get; init; }

    /// <summary>Is told of what happens, from any thread.</summary>
    public Action<BuildEvent>? Observer { get; init; }
}
