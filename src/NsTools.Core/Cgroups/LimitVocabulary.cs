using NsTools.Interop.Cgroups;

namespace NsTools.Cgroups;

/// <summary>Which controller a limit is of, and why one interface lacks it.</summary>
internal static class LimitVocabulary
{
    /// <summary>The error for limits that a cgroup cannot have.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <param name="impossible">The limits.</param>
    public static NsToolsException NotSupported(CgroupHandle cgroup, CgroupSetting impossible)
    {
        CgroupSetting first = Enum.GetValues<CgroupSetting>().First(setting => setting != 0 && impossible.HasFlag(setting));
        CgroupController[] able = [.. CgroupControllers.All.Where(controller => controller.Settings.HasFlag(first))];
        string name = able[0].Name;
        (CgroupController Controller, CgroupDirectory Directory)[] present =
            [.. cgroup.Controllers().Where(pair => able.Any(controller => CgroupControllers.NameOn(controller.Name, pair.Controller.Version) == pair.Controller.Name))];
        if (present is [(var controller, _), ..])
        {
            // The controller is there, and its interface has no such thing.
            string version = controller.Version == HierarchyVersion.V1 ? "v1" : "v2";
            return new NsToolsException(
                FailureKind.NotSupported, "LimitNotSupported",
                $"'{cgroup.Path}' is on cgroup {version} for {controller.Name}, which cannot express -{ParameterOf(first)}.", WayOut(first));
        }
        string names = string.Join(" or ", able.Select(other => other.Name).Distinct());
        return new NsToolsException(
            FailureKind.NotSupported, "LimitNotSupported",
            $"'{cgroup.Path}' has no {names} controller, which -{ParameterOf(first)} needs. It has: {string.Join(", ", cgroup.ControllerNames())}.",
            $"Make it with that controller: New-Cgroup -Controller {name}; /proc/cgroups shows whether this kernel has it.");
    }

    private static string ParameterOf(CgroupSetting setting) => setting switch
    {
        CgroupSetting.Io => "IoReadBytes and its like",
        CgroupSetting.IoDeviceWeight => "IoWeight -IoDevice",
        CgroupSetting.Device => "AllowDevice/-DenyDevice",
        _ => setting.ToString(),
    };

    private static string WayOut(CgroupSetting setting) => setting switch
    {
        CgroupSetting.Swappiness => "Limit swap itself: -Swap 0 keeps everything in memory. /proc/sys/vm/swappiness is for the whole system.",
        CgroupSetting.MemoryLow or CgroupSetting.MemoryMin => "Protect it by limiting its siblings: v1 has no protection.",
        CgroupSetting.OomGroup => "v1 kills one process at a time: watch with Wait-CgroupEvent -Type OomKill and Stop-Cgroup.",
        CgroupSetting.IoLatency => "Use -IoWeight or -IoReadBytes and its like.",
        CgroupSetting.NetworkClass or CgroupSetting.NetworkPriority => "On v2 nftables and tc match the cgroup's path itself (socket cgroupv2).",
        _ => "Get-CgroupLimit shows the limits that this cgroup has.",
    };
}
