using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Oci;
using NsTools.Runtime.Commands;
using NsTools.Runtime.Lifecycle.State;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// <c>delete</c> (runtime.md, "Lifecycle", 11 to 13): removes what create has made, whatever state it was left in. Its
/// directory goes last, so that what was interrupted can be done again.
/// </summary>
internal static class ContainerDeletion
{
    /// <summary>Deletes it.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="id">Its ID.</param>
    /// <param name="isForced">True to kill what still runs.</param>
    /// <exception cref="ContainerException">It runs, or cannot be killed.</exception>
    public static void Run(ContainerStore store, string id, bool isForced)
    {
        Container container = store.FindLocked(id, out SafeFileHandle directory);
        using (directory)
            Run(container, isForced);
    }

    /// <summary>Deletes one that the caller has locked, or has just seen the end of.</summary>
    public static void Run(Container container, bool isForced)
    {
        ContainerRecord? record = container.TryRead(out string? problem);
        if (problem is not null && !isForced)
            _ = container.Read(); // says what to do
        if (record is not null)
        {
            ContainerEnd.Require(container, record, isForced);
            if (record.Cgroup is { } cgroup)
                CgroupRemoval.Remove(cgroup);
            RunPoststop(container, record);
        }
        container.RemoveFiles();
    }

    private static void RunPoststop(Container container, ContainerRecord record)
    {
        HooksSpec? hooks;
        try
        {
            hooks = container.ReadConfig().Hooks;
        }
        catch (Exception exception) when (exception is ContainerException or RuntimeSpecException)
        {
            RuntimeLog.Warning(exception.Message);
            return;
        }
        if (hooks?.Poststop is { Count: > 0 } poststop)
            HookRunner.RunAll(poststop, "poststop", OciState.ForHooks(record, ContainerStatus.Stopped, 0), RuntimeLog.Warning);
    }
}
