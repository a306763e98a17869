using Tmds.Linux;

namespace NsTools.Images.Layers;

/// <summary>What the calling process may do with files of images.</summary>
internal static class LayerPrivileges
{
    /// <summary>True for root, of a user namespace too: it can give files away to the IDs that are mapped there.</summary>
    public static bool IsRoot => LibC.geteuid() == 0;

    /// <summary>
    /// True for the host's own root: only it makes device nodes and sets <c>trusted.</c> attributes. A user namespace maps
    /// fewer IDs than all (<c>user_namespaces(7)</c>, "Defining user and group ID mappings").
    /// </summary>
    public static bool IsHostRoot { get; } = IsRoot && MapsAllIds();

    private static bool MapsAllIds()
    {
        string[] fields = File.ReadAllText("/proc/self/uid_map").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return fields is ["0", "0", "4294967295"];
    }
}
