using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Cgroups.Containers;

/// <summary>Removes a container's cgroup, whatever state it is in.</summary>
public static class CgroupRemoval
{
    private const int WaitMilliseconds = 10_000;

    /// <summary>
    /// Removes its directories with those beneath them: one call each where it is empty. What is still in it is killed;
    /// what is gone already is no failure.
    /// </summary>
    /// <param name="record">What was kept of it.</param>
    /// <exception cref="Systemd.DBusException">It is a scope, and systemd refused to stop it or did not answer.</exception>
    /// <exception cref="SyscallException">A directory cannot be removed; <c>EBUSY</c> when a killed process is not gone after 10 s.</exception>
    public static void Remove(CgroupRecord record)
    {
        bool isKilled = false;
        if (record.Unit is { } unit)
        {
            // Stopping a scope gives its processes a minute and a half to end by themselves: a container's time for that was before.
            isKilled = Kill(record);
            ContainerScope.Stop(unit, CallerIdentity.IsHostRoot);
        }
        long end = Environment.TickCount64 + WaitMilliseconds;
        foreach (string path in record.Directories)
        {
            for (int attempt = 0; TryRemove(path) is var error and not 0; attempt++)
            {
                if (error != EBUSY || Environment.TickCount64 > end)
                    throw new SyscallException("rmdir", error, path);
                isKilled = isKilled || Kill(record);
                RemoveBeneath(path);
                // A killed process leaves it when it has let go of its memory.
                if (attempt > 0)
                    Thread.Sleep(Math.Min(attempt, 10));
            }
        }
    }

    private static bool Kill(CgroupRecord record)
    {
        using ContainerCgroup cgroup = ContainerCgroup.Open(record);
        ContainerProcesses.Signal(cgroup, 9);
        return true;
    }

    private static void RemoveBeneath(string path)
    {
        try
        {
            foreach (string child in Directory.EnumerateDirectories(path))
            {
                RemoveBeneath(child);
                _ = TryRemove(child);
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody else was quicker.
        }
    }

    private static unsafe int TryRemove(string path)
    {
        fixed (byte* bytes = PathBytes.Of(path))
            return unlinkat(AT_FDCWD, bytes, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
    }
}
