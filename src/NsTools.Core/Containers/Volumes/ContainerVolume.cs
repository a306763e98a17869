using System.Collections.ObjectModel;

namespace NsTools;

/// <summary>A directory that outlives the containers that have it mounted.</summary>
public sealed record ContainerVolume
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The directory on the host.</summary>
    public required string Path { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>True for one that an image's <c>VOLUME</c> or a mount without a name has made.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>The names of the containers that have it.</summary>
    public ReadOnlyCollection<string> Containers { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => Name;
}
