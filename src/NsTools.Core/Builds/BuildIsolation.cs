namespace NsTools.Builds;

/// <summary>How the commands of a build are kept apart from the host (<c>buildah build --isolation</c>).</summary>
public enum BuildIsolation
{
    /// <summary>As containers are; for an ordinary user the same as <see cref="Rootless"/>.</summary>
    Oci,

    /// <summary>As an ordinary user's containers are, in a user namespace.</summary>
    Rootless,

    /// <summary>
    /// With the host's network, IPC and control group, and its <c>/sys</c>: where a container can have none of its own,
    /// inside another one for instance. Processes, mounts and the host name are the command's own.
    /// </summary>
    Chroot,
}
