using NsTools.Interop.Mounts;

namespace NsTools.Hosts.Probes;

/// <summary>How cgroups are mounted (<c>cgroups(7)</c>): version 2 alone, version 1 alone, or both side by side.</summary>
internal sealed class CgroupProbe() : HostProbe("Cgroup")
{
    private const string Boot = "Boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2 on /sys/fs/cgroup.";

    /// <inheritdoc/>
    public override HostFeature Probe()
    {
        IReadOnlyList<MountInfoEntry> mounts = MountInfo.Read("/proc/self/mountinfo");
        MountInfoEntry? unified = mounts.FirstOrDefault(m => m.FileSystem == "cgroup2");
        string[] first = [.. mounts.Where(m => m.FileSystem == "cgroup").SelectMany(m => m.FileSystemOptions).Where(IsController).Distinct().Order(StringComparer.Ordinal)];
        string second = unified is null
            ? string.Empty
            : (ReadSetting(Path.Combine(unified.Target, "cgroup.controllers")) ?? string.Empty).Replace(" ", ", ", StringComparison.Ordinal);
        bool hasSecond = second.Length > 0;
        return (unified, first.Length) switch
        {
            (not null, 0) => Available($"version 2 on {unified.Target}: {(hasSecond ? second : "no controllers")}"),
            (not null, _) => Limited($"hybrid; version 1: {string.Join(", ", first)}; version 2: {(hasSecond ? second : "no controllers")}", Boot),
            (null, > 0) => Limited($"version 1: {string.Join(", ", first)}", Boot),
            _ => Missing("no cgroup file system is mounted", Boot),
        };
    }

    /// <summary>The options of a version 1 mount are its controllers, among a few words that are none.</summary>
    private static bool IsController(string option) =>
        option is not ("rw" or "ro" or "xattr" or "noprefix" or "none" or "clone_children" or "cpuset_v2_mode" or "favordynmods")
        && !option.Contains('=', StringComparison.Ordinal);
}
