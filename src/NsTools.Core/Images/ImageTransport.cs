namespace NsTools;

/// <summary>Where an image lies, and in what form (containers-transports(5)).</summary>
public enum ImageTransport
{
    /// <summary>The local store; a plain name.</summary>
    Store,

    /// <summary>A registry: <c>docker://REGISTRY/REPOSITORY:TAG</c>.</summary>
    Docker,

    /// <summary>An OCI image layout directory: <c>oci:PATH[:NAME]</c>.</summary>
    Oci,

    /// <summary>A tar archive of an OCI image layout: <c>oci-archive:PATH[:NAME]</c>.</summary>
    OciArchive,

    /// <summary>What <c>docker save</c> writes: <c>docker-archive:PATH[:NAME]</c>.</summary>
    DockerArchive,

    /// <summary>A directory with a manifest and blobs side by side: <c>dir:PATH</c>.</summary>
    Directory,
}
