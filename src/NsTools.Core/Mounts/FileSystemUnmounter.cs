using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Mounts;

/// <summary>Unmounts. The mount that was looked at is the one that goes: nothing is followed in between.</summary>
public static class FileSystemUnmounter
{
    /// <summary>Unmounts what is on a target.</summary>
    /// <param name="request">What and how.</param>
    /// <returns>The mounts that are gone, in the order in which they went.</returns>
    /// <exception cref="NsToolsException">
    /// The target is not there (<c>TargetNotFound</c>) or no mount point (<c>NotAMountPoint</c>), another mount covers
    /// the one that is meant (<c>MountCovered</c>), or others are on it (<c>MountHasMountsBelow</c>).
    /// </exception>
    /// <exception cref="SyscallException">A step failed: <c>EBUSY</c> when processes use it. Of a recursive one the mounts below may be gone already.</exception>
    public static IReadOnlyList<MountPoint> Dismount(DismountRequest request)
    {
        using MountView view = MountView.Open(request.Namespace);
        try
        {
            return view.Run(() => Dismount(request, view));
        }
        catch (BusyException busy)
        {
            // Looked for out here: the namespace may have no procfs.
            IReadOnlyList<string> users = MountUsers.Find(busy.MountId);
            SyscallException cause = busy.Cause;
            throw new SyscallException(
                cause.Syscall, cause.Number, cause.Subject, users.Count == 0 ? null : $"used by {string.Join(", ", users)}");
        }
    }

    private static List<MountPoint> Dismount(DismountRequest request, MountView view)
    {
        int id = Identify(request);
        IReadOnlyList<MountPoint> table = view.ReadInside();
        List<MountPoint> below = MountOrder.Below(table, id);
        List<MountPoint> gone = [];
        if (request.IsRecursive && !request.IsLazy)
        {
            foreach (MountPoint mount in below)
            {
                Unmount(null, mount.Target, mount.Id, Flags(request), mount.Target);
                gone.Add(mount);
            }
        }
        try
        {
            Unmount(request.Root, request.Target, id, Flags(request), request.TargetName);
        }
        catch (BusyException busy) when (below.Count > 0 && !request.IsRecursive)
        {
            throw new NsToolsException(
                FailureKind.InvalidState,
                "MountHasMountsBelow",
                $"'{request.TargetName}' cannot be unmounted: {below[^1].Target} is mounted on it{(below.Count > 1 ? $", and {below.Count - 1} more" : "")}.",
                "Add -Recurse to unmount those too.",
                busy.Cause);
        }
        if (request.IsLazy)
            gone.AddRange(below);
        gone.AddRange(table.Where(mount => mount.Id == id));
        return gone;
    }

    private static int Flags(DismountRequest request) =>
        (request.IsLazy ? LibC.MNT_DETACH : 0) | (request.IsForced ? LibC.MNT_FORCE : 0);

    private static int Identify(DismountRequest request)
    {
        using MountTarget target = Find(request.Root, request.Target, request.TargetName);
        MountIdentity identity = MountIdentity.Of(target.Handle);
        if (!identity.IsRoot)
        {
            throw new NsToolsException(
                FailureKind.NotFound,
                "NotAMountPoint",
                $"Nothing is mounted on '{request.TargetName}'.",
                "Get-MountPoint shows what is mounted where.");
        }
        return request.Id is null || request.Id == identity.Id ? identity.Id : throw Covered(request.TargetName);
    }

    private static void Unmount(string? root, string path, int id, int flags, string name)
    {
        using MountTarget target = Find(root, path, name);
        if (target.Parent is null)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "TargetIsRoot", "The root directory itself cannot be unmounted: everything is on it.");
        }
        if (MountIdentity.Of(target.Handle).Id != id)
            throw Covered(name);
        // While it is open the mount is busy.
        target.Handle.Dispose();
        try
        {
            ClassicMount.UnmountIn(target.Parent, target.Name, flags, name);
        }
        catch (SyscallException failure) when (failure.Name == "EBUSY")
        {
            throw new BusyException(id, failure);
        }
    }

    private static MountTarget Find(string? root, string path, string name)
    {
        try
        {
            return MountPaths.Find(root, path, PathInRoot.FindTarget);
        }
        catch (SyscallException missing) when (missing.Name is "ENOENT" or "ENOTDIR")
        {
            throw new NsToolsException(
                FailureKind.NotFound,
                "TargetNotFound",
                $"'{name}' does not exist.",
                "Get-MountPoint shows what is mounted where.",
                missing);
        }
    }

    private static NsToolsException Covered(string path) => new(
        FailureKind.InvalidState,
        "MountCovered",
        $"The mount on '{path}' is not the one that was meant: that one is gone, or another is mounted over it.",
        "Look again with Get-MountPoint; of several on one target the last one is on top.");

    /// <summary>A mount is busy; who uses it is still to be found out.</summary>
    private sealed class BusyException(int mountId, SyscallException cause) : Exception(cause.Message, cause)
    {
        public int MountId { get; } = mountId;

        public SyscallException Cause { get; } = cause;
    }
}
