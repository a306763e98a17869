using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Mounts;

/// <summary>
/// Mounts. Everything is prepared detached: a mount is never there for a moment without its attributes, and what fails
/// before the end leaves nothing.
/// </summary>
public static class FileSystemMounter
{
    /// <summary>Mounts a file system, or part of one again elsewhere.</summary>
    /// <param name="request">What, where and how.</param>
    /// <returns>The mount, as its namespace's table has it.</returns>
    /// <exception cref="NsToolsException">
    /// Source, target, root or namespace is not there (<c>SourceNotFound</c>, <c>TargetNotFound</c>, <c>RootNotFound</c>,
    /// …), or an option cannot work (<c>InvalidMountOption</c>).
    /// </exception>
    /// <exception cref="SyscallException">A step failed; of a file system's refusal the detail says why. Nothing is left mounted or made.</exception>
    public static MountPoint Mount(MountRequest request)
    {
        MountOptions options = MountRequestCheck.ToOptions(request);
        using MountView view = MountView.Open(request.Namespace);
        using SafeFileHandle tree = request.Type is null
            ? CloneSource(request, options)
            : DetachedFileSystem.Create(request, options);
        return view.Run(() => Attach(request, tree, view));
    }

    /// <summary>True when a request's target is missing, so that mounting would make it.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="NsToolsException">Its root or namespace is not there.</exception>
    /// <exception cref="SyscallException">It cannot be looked at.</exception>
    public static bool IsTargetMissing(MountRequest request)
    {
        using MountView view = MountView.Open(request.Namespace);
        return view.Run(() =>
        {
            using SafeFileHandle root = MountPaths.OpenRoot(request.Root);
            using SafeFileHandle? target = PathInRoot.TryOpen(root, request.Target, LibC.O_PATH);
            return target is null;
        });
    }

    private static SafeFileHandle CloneSource(MountRequest request, MountOptions options)
    {
        SafeFileHandle tree = OpenSource(request);
        try
        {
            // Received by another namespace, it would stay a peer of the source: an unmount there would unmount here.
            if (request.Namespace is not null && request.Propagation is null)
                SetPropagation(tree, MountPropagation.Private, recursive: true, request);
            MountTree.SetAttributes(tree, options.Attributes, recursive: false, request.Source);
            MountTree.SetAttributes(tree, options.RecursiveAttributes, recursive: true, request.Source);
            if (request.IsReadOnly)
                MountTree.SetAttributes(tree, new MountAttributeChange(MountAttributes.ReadOnly), request.IsRecursive, request.Source);
            // Before as well as after it is attached: what is private now is no peer of its source any more.
            // Unbindable only then: below a shared mount the kernel takes no such tree.
            if (request.Propagation is { } propagation)
                SetPropagation(tree, propagation == MountPropagation.Unbindable ? MountPropagation.Private : propagation, request.IsRecursive, request);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    private static SafeFileHandle OpenSource(MountRequest request)
    {
        try
        {
            return MountTree.Clone(request.Source!, request.IsRecursive);
        }
        catch (SyscallException failure) when (failure.Name == "ENOENT")
        {
            throw new NsToolsException(
                FailureKind.NotFound,
                "SourceNotFound",
                $"There is no file or directory '{request.Source}' to bind-mount.",
                "Create it first, or check the path.",
                failure);
        }
    }

    private static MountPoint Attach(MountRequest request, SafeFileHandle tree, MountView view)
    {
        bool isDirectory = Descriptor.IsDirectory(tree);
        using MountTarget target = FindTarget(request, isDirectory);
        bool attached = false;
        try
        {
            if (isDirectory != Descriptor.IsDirectory(target.Handle))
                throw MountRequestCheck.KindMismatch(request, isDirectory);
            MountTree.Attach(tree, target.Handle, request.TargetName);
            attached = true;
            // Attached below a shared mount it has become shared (mount_namespaces(7)).
            if (request.Propagation is { } propagation)
                SetPropagation(tree, propagation, request.IsRecursive, request);
            int id = MountIdentity.Of(tree).Id;
            return view.Find(id) ?? throw new NsToolsException(
                FailureKind.InvalidState,
                "MountVanished",
                $"What was mounted on '{request.TargetName}' is not there any more.",
                "Something else unmounted it, or moved the directory.");
        }
        catch
        {
            if (attached)
                Detach(tree, target, request);
            target.RemoveCreated();
            throw;
        }
    }

    private static MountTarget FindTarget(MountRequest request, bool isDirectory)
    {
        try
        {
            MountTarget target = MountPaths.Find(
                request.Root,
                request.Target,
                (root, path) => request.CreatesTarget || request.Type is null
                    ? PathInRoot.CreateTarget(root, path, isDirectory)
                    : PathInRoot.FindTarget(root, path));
            if (target.Parent is not null)
                return target;
            target.Dispose();
            throw MountRequestCheck.RootAsTarget();
        }
        catch (SyscallException missing) when (missing.Name == "ENOENT")
        {
            throw new NsToolsException(
                FailureKind.NotFound,
                "TargetNotFound",
                $"The target '{request.TargetName}' does not exist.",
                "Add -CreateTarget to have it made.",
                missing);
        }
    }

    private static void SetPropagation(SafeFileHandle tree, MountPropagation propagation, bool recursive, MountRequest request)
    {
        foreach (PropagationType type in Types(propagation))
            MountTree.SetAttributes(tree, new MountAttributeChange(0, 0, type), recursive, request.TargetName);
    }

    private static PropagationType[] Types(MountPropagation propagation) => propagation switch
    {
        MountPropagation.Private => [PropagationType.Private],
        MountPropagation.Shared => [PropagationType.Shared],
        MountPropagation.Slave => [PropagationType.Slave],
        MountPropagation.SharedAndSlave => [PropagationType.Slave, PropagationType.Shared],
        _ => [PropagationType.Unbindable],
    };

    // Lazily: the descriptor of the tree is still open.
    private static void Detach(SafeFileHandle tree, MountTarget target, MountRequest request)
    {
        using MountTarget now = PathInRoot.FindTarget(target.Parent!, target.Name);
        if (MountIdentity.Of(now.Handle) == MountIdentity.Of(tree))
            ClassicMount.UnmountIn(target.Parent!, target.Name, LibC.MNT_DETACH, request.TargetName);
    }
}
