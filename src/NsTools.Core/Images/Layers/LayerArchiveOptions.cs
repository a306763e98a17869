using NsTools.Interop.Oci;

namespace NsTools.Images.Layers;

/// <summary>How a layer is made of a directory.</summary>
internal sealed record LayerArchiveOptions
{
    /// <summary>
    /// True for a directory that an overlay has written its changes to (<c>upperdir</c>): what hides something of the layers
    /// below becomes a whiteout, and the overlay's own marks are left out. False for a tree that is a whole.
    /// </summary>
    public bool IsOverlay { get; init; }

    /// <summary>True writes an entry for the top directory itself: a layer that changes it, and a whole tree.</summary>
    public bool HasRootEntry { get; init; }

    /// <summary>
    /// The latest time that a file may have: a later one becomes this one, so that the same sources make the same layer
    /// (reproducible-builds.org, <c>SOURCE_DATE_EPOCH</c>). Null keeps all times.
    /// </summary>
    public DateTimeOffset? LatestTime { get; init; }

    /// <summary>Says of a path whether it is left out, with all below it; null leaves nothing out.</summary>
    public Func<Interop.FileSystems.RelativePath, bool>? Excludes { get; init; }

    /// <summary>Which user of the layer an owner on the host is; empty for the same.</summary>
    public IReadOnlyList<IdMapping> UidMappings { get; init; } = [];

    /// <summary>Likewise for groups.</summary>
    public IReadOnlyList<IdMapping> GidMappings { get; init; } = [];

    /// <summary>False leaves out what is mounted on the tree's directories.</summary>
    public bool CrossesMounts { get; init; } = true;

    /// <summary>The files of the directory whose content is elsewhere; null for none.</summary>
    public StandIns? StandIns { get; init; }

    /// <summary>Is told of bytes of content that were read.</summary>
    public Action<long>? Progress { get; init; }
}
