using System.Numerics;
using NsTools.Interop.Cgroups;
using NsTools.Interop.Syscalls;

namespace NsTools.Cgroups;

/// <summary>Reads and sets the limits of a cgroup.</summary>
public static class CgroupLimits
{
    /// <summary>All limits of a cgroup.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <exception cref="SyscallException">A file cannot be read.</exception>
    public static CgroupLimit Read(CgroupHandle cgroup) => Read(cgroup, cgroup.Controllers());

    /// <summary>Sets the limits that are given.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <param name="wanted">The limits; null ones are left as they are.</param>
    /// <param name="force">Whether a memory limit below what is in use may kill (v2; v1 refuses it).</param>
    /// <returns>The limits of the controllers concerned, as the kernel has them now.</returns>
    /// <exception cref="NsToolsException">
    /// A limit that these hierarchies cannot express (<c>LimitNotSupported</c>), or that is below what is in use
    /// (<c>LimitBelowUsage</c>); nothing has been set then.
    /// </exception>
    /// <exception cref="SyscallException">The kernel refused one; those set before it are put back.</exception>
    public static CgroupLimit Set(CgroupHandle cgroup, CgroupResources wanted, bool force)
    {
        CgroupSetting given = wanted.Given();
        (CgroupController Controller, CgroupDirectory Directory)[] concerned =
            [.. cgroup.Controllers().Where(pair => (pair.Controller.Settings & given) != 0)];
        CgroupSetting possible = concerned.Aggregate(CgroupSetting.None, (settings, pair) => settings | pair.Controller.Settings);
        if ((given & ~possible) is var impossible and not CgroupSetting.None)
            throw LimitVocabulary.NotSupported(cgroup, impossible);
        if (cgroup.Path == "/")
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "CgroupIsRoot", "The root cgroup has no limits.", "Make a cgroup for what is to be limited: New-Cgroup.");
        }
        foreach ((CgroupController controller, CgroupDirectory directory) in concerned)
        {
            if (controller is Interop.Cgroups.V2.MemoryController && wanted.Memory is { } memory && !force)
                MakeRoom(directory, memory);
        }
        bool isSeveral = BitOperations.PopCount((ulong)given) > 1;
        CgroupResources? before = isSeveral ? Read(cgroup, concerned) : null;
        for (int i = 0; i < concerned.Length; i++)
        {
            try
            {
                concerned[i].Controller.Apply(concerned[i].Directory, wanted);
            }
            catch (SyscallException)
            {
                for (int done = i; done >= 0 && before is not null; done--)
                    PutBack(concerned[done].Controller, concerned[done].Directory, Undoing(wanted, before.Only(given)));
                throw;
            }
        }
        return Read(cgroup, concerned);
    }

    // v2 takes a limit below what is in use at its word: it kills. Asked first to give memory back (memory.reclaim,
    // Linux 5.19), it often need not.
    private static void MakeRoom(CgroupDirectory directory, long limit)
    {
        long usage = ControlFile.Value(directory.TryRead("memory.current")) ?? 0;
        if (usage <= limit)
            return;
        // EAGAIN: not all of it could be reclaimed; ENOENT: an older kernel.
        _ = directory.TryWrite("memory.reclaim", ControlFile.Number(usage - limit));
        usage = ControlFile.Value(directory.TryRead("memory.current")) ?? 0;
        if (usage > limit)
        {
            throw new NsToolsException(
                FailureKind.LimitExceeded, "LimitBelowUsage",
                $"'{directory}' has {usage:N0} bytes of memory in use, more than the new limit of {limit:N0}, and they could not be reclaimed.",
                "End processes first, choose a higher limit, or add -Force: the kernel then kills until the rest fits.");
        }
    }

    private static CgroupLimit Read(CgroupHandle cgroup, IEnumerable<(CgroupController Controller, CgroupDirectory Directory)> controllers) =>
        new(cgroup.Path, cgroup.Version, controllers.Aggregate(new CgroupResources(), (read, pair) => pair.Controller.Read(pair.Directory, read)));

    // A disk that had no limit before is not among those read: it gets all of them taken off.
    private static CgroupResources Undoing(CgroupResources wanted, CgroupResources before) => wanted.Io is not { } limits ? before : before with
    {
        Io =
        [
            .. limits.Select(limit => (Limit: limit, Old: before.Io?.FirstOrDefault(old => old.Device == limit.Device))).Select(pair => new CgroupIoLimit
            {
                Device = pair.Limit.Device,
                ReadBytes = pair.Limit.ReadBytes is null ? null : pair.Old?.ReadBytes ?? ControlFile.Unlimited,
                WriteBytes = pair.Limit.WriteBytes is null ? null : pair.Old?.WriteBytes ?? ControlFile.Unlimited,
                ReadOperations = pair.Limit.ReadOperations is null ? null : pair.Old?.ReadOperations ?? ControlFile.Unlimited,
                WriteOperations = pair.Limit.WriteOperations is null ? null : pair.Old?.WriteOperations ?? ControlFile.Unlimited,
                Weight = pair.Old?.Weight,
                Latency = pair.Limit.Latency is null ? null : pair.Old?.Latency ?? TimeSpan.MaxValue,
            }),
        ],
    };

    private static void PutBack(CgroupController controller, CgroupDirectory directory, CgroupResources before)
    {
        try
        {
            controller.Apply(directory, before);
        }
        catch (SyscallException)
        {
            // What the kernel accepted before it may refuse now (usage has grown). The first failure is the one to tell of.
        }
    }
}
