using NsTools.Interop.Cgroups;
using NsTools.Interop.Syscalls;

namespace NsTools.Cgroups;

/// <summary>Removes cgroups.</summary>
/// <param name="system">The hierarchies.</param>
public sealed class CgroupRemover(CgroupSystem system)
{
    private readonly CgroupFinder _finder = new(system);

    /// <summary>Removes a cgroup from every hierarchy that has it.</summary>
    /// <param name="reference">Which.</param>
    /// <param name="options">What may be done to what is in the way.</param>
    /// <param name="cancellation">Ends the work between two cgroups.</param>
    /// <exception cref="NsToolsException">It is not there (<c>CgroupNotFound</c>), is the root (<c>CgroupIsRoot</c>), is busy (<c>CgroupBusy</c>), or its processes cannot go where they shall (<c>InvalidMoveTarget</c>).</exception>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public void Remove(CgroupReference reference, CgroupRemovalOptions options, CancellationToken cancellation)
    {
        if (reference.Path == "/")
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "CgroupIsRoot", "The root of a hierarchy cannot be removed.", "Name a cgroup beneath it.");
        }
        // One directory: the kernel itself says whether it is free. Several: all must be before the first one goes.
        if (!SystemdScopes.IsScope(reference) && system.Of(reference).ToArray() is [var only] && TryRemove(only, reference.Path))
            return;
        if (!Exists(reference))
            throw NotFound(reference);
        IReadOnlyList<CgroupReference> beneath = [.. _finder.Descendants(reference, cancellation)];
        if (beneath.Count > 0 && !options.Recurse)
            throw Busy(reference, $"has {beneath.Count} cgroup(s) beneath it");
        if (!options.Kill && options.MoveTo is null && beneath.Append(reference).FirstOrDefault(HasProcesses) is { } busy)
            throw Busy(reference, busy == reference ? "has processes" : $"has processes in '{busy.Path}' beneath it");
        if (options.MoveTo is { } target)
            MoveProcesses([reference, .. beneath], target, cancellation);
        else if (options.Kill)
            new CgroupStopper(system).Kill(reference, options.Recurse, cancellation);
        if (SystemdScopes.IsScope(reference))
            SystemdScopes.Stop(reference);
        foreach (CgroupReference each in beneath.Reverse().Append(reference))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (CgroupHierarchy hierarchy in system.Of(each))
                Remove(hierarchy, each.Path, cancellation);
        }
    }

    // A process may fork between look and move: its child is where it was. Look again until nobody is left.
    private void MoveProcesses(CgroupReference[] from, CgroupReference to, CancellationToken cancellation)
    {
        if (Array.Exists(from, each => each.Path == to.Path))
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "InvalidMoveTarget", $"The processes of '{from[0].Path}' cannot move to '{to.Path}', which is removed with it.", "Name a cgroup elsewhere: -MoveTo /.");
        }
        using CgroupHandle target = system.Open(to);
        foreach (CgroupReference each in from)
        {
            using CgroupHandle? handle = system.TryOpen(each);
            while (handle?.Processes() is { Count: > 0 } processes)
            {
                foreach (int process in processes)
                    CgroupMembership.Move(handle, target, process);
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private static NsToolsException NotFound(CgroupReference reference) => new(
        FailureKind.NotFound, "CgroupNotFound", $"There is no cgroup '{reference.Path}'.", "Get-Cgroup -Recurse lists those that there are.");

    private static NsToolsException Busy(CgroupReference reference, string why) => new(
        FailureKind.InvalidState, "CgroupBusy", $"The cgroup '{reference.Path}' {why}.",
        "-Recurse takes cgroups beneath it with it, -Force kills processes, -MoveTo / moves them out.");

    private static bool TryRemove(CgroupHierarchy hierarchy, string path)
    {
        try
        {
            return hierarchy.Remove(path);
        }
        catch (SyscallException busy) when (busy.Name == "EBUSY")
        {
            return false;
        }
    }

    // A process that was just killed leaves the cgroup only when it is reaped or gone from the task list.
    private static void Remove(CgroupHierarchy hierarchy, string path, CancellationToken cancellation)
    {
        const int Attempts = 200;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                hierarchy.Remove(path);
                return;
            }
            catch (SyscallException busy) when (busy.Name == "EBUSY" && attempt < Attempts)
            {
                cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(5));
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private bool Exists(CgroupReference reference)
    {
        using CgroupHandle? handle = system.TryOpen(reference);
        return handle is not null;
    }

    private bool HasProcesses(CgroupReference reference)
    {
        using CgroupHandle? handle = system.TryOpen(reference);
        return handle is not null && handle.Directories.Any(directory => directory.Processes().Count > 0);
    }
}
