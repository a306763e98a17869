using NsTools.RootFileSystems;

namespace NsTools.Images.Layers;

/// <summary>How an image is to be mounted.</summary>
public sealed record ImageMountRequest
{
    /// <summary>Absolute path of the directory to mount on, made where it is missing; null for one of our own.</summary>
    public string? Path { get; init; }

    /// <summary>True gives it a writable layer of its own, which goes when it is dismounted.</summary>
    public bool IsWritable { get; init; }

    /// <summary>A directory that takes the changes and stays; null for none.</summary>
    public string? UpperDirectory { get; init; }

    /// <summary>An empty directory on the same file system; null is <see cref="UpperDirectory"/> with <c>.work</c>.</summary>
    public string? WorkDirectory { get; init; }

    /// <summary>How layers that are not unpacked yet are unpacked.</summary>
    public ExpansionOptions Expansion { get; init; } = new();
}
