using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;

namespace NsTools.Runtime.RootFs;

/// <summary>Detached copies of the host's files and directories (config.md: the source of a bind mount is the host's).</summary>
internal static class BindMount
{
    /// <summary>True for a bind mount.</summary>
    /// <param name="item">The mount.</param>
    /// <param name="options">Its options.</param>
    public static bool Is(MountSpec item, MountOptions options) => options.IsBind || item.Type is null or "bind" or "none";

    /// <summary>Copies the source's mount and sets its attributes.</summary>
    /// <param name="item">The mount.</param>
    /// <param name="options">Its options.</param>
    /// <param name="index">Its place in the config.</param>
    /// <exception cref="SyscallException">There is no such source, or it may not be bound.</exception>
    /// <exception cref="RuntimeSpecException">No source, or an option that no bind mount has.</exception>
    public static SafeFileHandle Open(MountSpec item, MountOptions options, int index)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"$.mounts[{index}]");
        string source = item.Source ?? throw new RuntimeSpecException($"{path}.source", "a bind mount needs a source");
        BindOptions bind = BindOptions.Parse(options, index);
        SafeFileHandle tree = MountTree.Clone(Path.GetFullPath(source), options.IsRecursiveBind, bind.FollowsSource);
        try
        {
            MountTree.SetAttributes(tree, options.Attributes, recursive: false, item.Destination);
            MountTree.SetAttributes(tree, options.RecursiveAttributes, recursive: true, item.Destination);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }
}
