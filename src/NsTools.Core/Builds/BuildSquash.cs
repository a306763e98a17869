namespace NsTools.Builds;

/// <summary>Which layers of an image become one.</summary>
public enum BuildSquash
{
    /// <summary>None: each step that changes files has its own.</summary>
    None,

    /// <summary>Those that the build has made; the base image's stay (<c>podman build --squash</c>).</summary>
    New,

    /// <summary>All, the base image's too (<c>podman build --squash-all</c>).</summary>
    All,
}
