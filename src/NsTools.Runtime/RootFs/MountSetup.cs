using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// Makes the config's mounts, in order. Each is made detached, and attached to a place that was resolved inside the
/// root by descriptor: a symbolic link of the root file system cannot lead it out (CVE-2021-30465).
/// </summary>
internal sealed class MountSetup(SafeFileHandle root) : IDisposable
{
    /// <summary>The root: the one given, or a mount with destination <c>/</c> on top of it.</summary>
    public SafeFileHandle Root { get; private set; } = root;

    public void Run(RuntimeSpec spec)
    {
        foreach (MountSpec item in spec.Mounts ?? [])
            Mount(item);
        if ((spec.Mounts ?? []).Any(m => m.Destination.TrimEnd('/') == "/dev" && m.Type == "tmpfs"))
            StandardDevices.Create(Root);
    }

    public void Dispose() => Root.Dispose();

    private void Mount(MountSpec item)
    {
        MountOptions options = MountOptions.Parse(item.Options);
        SafeFileHandle mount = IsBind(item, options) ? Bind(item, options) : New(item, options);
        try
        {
            if (options.Propagation != PropagationType.Unchanged)
            {
                MountTree.SetAttributes(
                    mount,
                    new MountAttributeChange(MountAttributes.None, Propagation: options.Propagation),
                    options.IsPropagationRecursive,
                    item.Destination);
            }
            if (item.Destination.Trim('/').Length == 0)
            {
                MountTree.Attach(mount, Root, item.Destination);
                Root.Dispose();
                Root = mount;
                return;
            }
            using MountTarget target = PathInRoot.CreateTarget(Root, item.Destination, Descriptor.IsDirectory(mount));
            MountTree.Attach(mount, target.Handle, item.Destination);
        }
        finally
        {
            if (mount != Root)
                mount.Dispose();
        }
    }

    private static bool IsBind(MountSpec item, MountOptions options) => options.IsBind || item.Type is null or "bind" or "none";

    // config.md: the source of a bind mount is the host's, seen before the root is entered.
    private static SafeFileHandle Bind(MountSpec item, MountOptions options)
    {
        string source = item.Source
            ?? throw new SyscallException("open_tree", EINVAL, item.Destination, "a bind mount needs a source");
        SafeFileHandle tree = MountTree.Clone(Path.GetFullPath(source), options.IsRecursiveBind);
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

    private static SafeFileHandle New(MountSpec item, MountOptions options)
    {
        try
        {
            return FileSystemContext.Mount(item.Type!, item.Source ?? item.Type, options);
        }
        catch (SyscallException failure)
        {
            // The context knows its type only; where it was to go is what tells one mount of a config from another.
            throw new SyscallException(failure.Syscall, failure.Number, failure.Subject, $"mounting on '{item.Destination}'{(failure.Detail is null ? "" : $": {failure.Detail}")}");
        }
    }
}
