using NsTools.Interop.Cgroups.Systemd;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Cgroups.Containers;

/// <summary>A container's cgroup as a systemd scope: systemd makes it with the first process in it, and leaves what is beneath to us.</summary>
internal static class ContainerScope
{
    /// <summary>Makes the scope, puts the process into the hierarchies that systemd does not care for, and sets the limits.</summary>
    /// <param name="path">The scope's name and slice.</param>
    /// <param name="description">What people see of it in <c>systemctl</c>.</param>
    /// <param name="resources">The limits; null for none.</param>
    /// <param name="isRoot">Whether it is the system's systemd, or the user's.</param>
    /// <param name="processId">The container's first process, which waits.</param>
    public static ContainerCgroup Make(ContainerCgroupPath path, string description, ResourcesSpec? resources, bool isRoot, int processId)
    {
        bool isUnified = CgroupMounts.Find().All(hierarchy => hierarchy.Version == HierarchyVersion.V2);
        using (SystemdManager manager = SystemdManager.Connect(ofUser: !isRoot))
            manager.StartScope(path.Unit, path.Slice, [processId], description, [.. s_accounting, .. Properties(resources, isUnified)]);
        List<CgroupDirectory> directories = [];
        try
        {
            OpenAll(path.Unit, processId, isRoot, directories);
            ContainerCgroup cgroup = new(CgroupManager.Systemd, path.Unit, directories);
            if (resources is not null)
                new ResourceWriter(cgroup.Directories, isRoot).Write(resources);
            return cgroup;
        }
        catch
        {
            directories.ForEach(directory => directory.Dispose());
            Undo(new CgroupRecord { Manager = CgroupManager.Systemd, Unit = path.Unit, Directories = [.. directories.Select(directory => directory.ToString())] });
            throw;
        }
    }

    /// <summary>Tells systemd of new limits, so that it does not put the old ones back when it is reloaded.</summary>
    public static void Update(string unit, ResourcesSpec resources, bool isUnified, bool isRoot)
    {
        UnitProperty[] properties = [.. Properties(resources, isUnified)];
        if (properties.Length == 0)
            return;
        using SystemdManager manager = SystemdManager.Connect(ofUser: !isRoot);
        manager.SetProperties(unit, properties);
    }

    /// <summary>Stops the scope, which must have no process any more or be about to lose them.</summary>
    public static void Stop(string unit, bool isRoot)
    {
        using SystemdManager manager = SystemdManager.Connect(ofUser: !isRoot);
        manager.StopUnit(unit);
    }

    private static void Undo(CgroupRecord record)
    {
        try
        {
            CgroupRemoval.Remove(record);
        }
        catch (Exception second) when (second is DBusException or SyscallException)
        {
            // The first failure is the one to tell of.
        }
    }

    // Without them a v1 system's systemd leaves the process where it was in those hierarchies.
    private static readonly UnitProperty[] s_accounting =
    [
        UnitProperty.Of("MemoryAccounting", true), UnitProperty.Of("CPUAccounting", true), UnitProperty.Of("IOAccounting", true), UnitProperty.Of("TasksAccounting", true),
    ];

    private static void OpenAll(string unit, int processId, bool isRoot, List<CgroupDirectory> directories)
    {
        IReadOnlyList<CgroupHierarchy> hierarchies = CgroupMounts.Find();
        IReadOnlyDictionary<CgroupHierarchy, string> places = OwnPlaces.Of(hierarchies, processId);
        string path = places.Values.FirstOrDefault(place => place.EndsWith("/" + unit, StringComparison.Ordinal))
            ?? throw new DBusException(DBusException.InconsistentMessage, $"systemd says that {unit} runs, and process {processId} is in no cgroup of that name");
        foreach (CgroupHierarchy hierarchy in hierarchies)
        {
            if (places.GetValueOrDefault(hierarchy) == path)
            {
                directories.Add(hierarchy.Open(path));
                continue;
            }
            try
            {
                CgroupDirectory directory = CgroupMaker.Make(hierarchy, path, null, []);
                directories.Add(directory);
                directory.AddProcess(processId);
            }
            catch (SyscallException refused) when (!isRoot && refused.Name is "EACCES" or "EPERM" or "EROFS")
            {
                // As in ContainerCgroup.Make: not delegated.
            }
        }
    }

    // systemd.resource-control(5); the v1 names are its legacy ones.
    private static IEnumerable<UnitProperty> Properties(ResourcesSpec? resources, bool isUnified)
    {
        if (resources?.Memory?.Limit is { } memory and not 0)
            yield return UnitProperty.Of(isUnified ? "MemoryMax" : "MemoryLimit", Limit(memory));
        if (isUnified && resources?.Memory is { Limit: > 0 and var limit, Swap: { } swap and not 0 } && (swap < 0 || swap >= limit))
            yield return UnitProperty.Of("MemorySwapMax", swap < 0 ? ulong.MaxValue : (ulong)(swap - limit));
        if (isUnified && resources?.Memory?.Reservation is { } reservation and not 0)
            yield return UnitProperty.Of("MemoryLow", Limit(reservation));
        if (resources?.Cpu?.Shares is { } shares and > 0)
            yield return isUnified ? UnitProperty.Of("CPUWeight", (ulong)V2Values.WeightOfShares(shares)) : UnitProperty.Of("CPUShares", shares);
        if (resources?.Cpu?.Quota is { } quota and not 0)
        {
            ulong period = resources.Cpu.Period is { } given and > 0 ? given : (ulong)CpuBandwidth.UsualPeriod;
            // systemd keeps whole percents: rounded up, so that the quota in the file is never above it.
            yield return UnitProperty.Of("CPUQuotaPerSecUSec", quota < 0 ? ulong.MaxValue : (((ulong)quota * 1_000_000 / period) + 9_999) / 10_000 * 10_000);
        }
        if (resources?.Pids?.Limit is { } pids)
            yield return UnitProperty.Of("TasksMax", pids <= 0 ? ulong.MaxValue : (ulong)pids);
    }

    private static ulong Limit(long value) => value < 0 ? ulong.MaxValue : (ulong)value;
}
