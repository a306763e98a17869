using NsTools.Interop.Oci;
using static Tmds.Linux.LibC;

namespace NsTools.RootFileSystems;

/// <summary>The mounts that a root file system needs before a process can be started in it.</summary>
public static class RootFileSystemMounts
{
    /// <summary>
    /// Mounts for the OCI config, to be done before all others. Empty for an ordinary root. For an overlay over the
    /// host's root that an ordinary user made, one overlay for each of the host's directories: such a user can mount
    /// nothing outside a user namespace, and inside one <c>lowerdir=/</c> is refused because the host's own mounts
    /// beneath it are locked (<c>mount_namespaces(7)</c>, "Restrictions on mount namespaces").
    /// </summary>
    /// <param name="rootPath">Path of the root's directory on the host.</param>
    /// <exception cref="NsToolsException">
    /// The overlay's description is damaged (<c>OverlayDescriptionInvalid</c>), or belongs to another user
    /// (<c>OverlayNotOwned</c>), who would then choose what the caller mounts.
    /// </exception>
    public static IReadOnlyList<MountSpec> For(string rootPath)
    {
        if (HostOverlay.Read(rootPath) is not { Directories.Count: > 0 } overlay)
            return [];
        if (overlay.OwnerUserId != geteuid())
        {
            throw new NsToolsException(
                FailureKind.PermissionDenied,
                "OverlayNotOwned",
                $"The overlay of '{rootPath}' was made by user {overlay.OwnerUserId}, who says there what is to be mounted.",
                "Use the root as that user, or make one of your own with New-RootFileSystem -FromHost.");
        }
        string layers = HostOverlay.LayersOf(rootPath);
        return [.. overlay.Directories.Select(directory => OverlayOver(directory, layers))];
    }

    /// <summary>Name of a directory's own folder under the upper and work directories: one level, whatever its depth.</summary>
    internal static string LayerName(string directory) => directory.Replace("%", "%25").Replace("/", "%2F");

    private static MountSpec OverlayOver(string directory, string layers) => new()
    {
        Destination = $"/{directory}",
        Type = "overlay",
        Source = "overlay",
        Options =
        [
            $"lowerdir={Escape($"/{directory}")}",
            $"upperdir={Path.Join(layers, "upper", LayerName(directory))}",
            $"workdir={Path.Join(layers, "work", LayerName(directory))}",
            // trusted.* attributes are the initial user namespace's alone (Documentation/filesystems/overlayfs.rst).
            "userxattr",
        ],
    };

    // lowerdir is a list: a colon or backslash in a name is escaped (overlayfs.rst, "Multiple lower layers").
    private static string Escape(string path) => path.Replace(@"\", @"\\").Replace(":", @"\:");
}
