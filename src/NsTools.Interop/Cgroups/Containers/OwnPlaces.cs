using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Cgroups.Containers;

/// <summary>Where a process is in each hierarchy (<c>/proc/PID/cgroup</c>, <c>cgroups(7)</c>).</summary>
internal static class OwnPlaces
{
    /// <summary>The process's cgroup in each of the hierarchies; without those where it lies outside of what is mounted here.</summary>
    /// <param name="hierarchies">The hierarchies.</param>
    /// <param name="processId">The process; null for the caller.</param>
    /// <exception cref="SyscallException">There is no such process.</exception>
    public static IReadOnlyDictionary<CgroupHierarchy, string> Of(IReadOnlyList<CgroupHierarchy> hierarchies, int? processId = null)
    {
        Dictionary<CgroupHierarchy, string> places = [];
        foreach (string line in Read($"/proc/{processId?.ToString(CultureInfo.InvariantCulture) ?? "self"}/cgroup").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // "4:memory:/a/b", "9:name=systemd:/a/b"; "0::/a/b" is the unified hierarchy.
            string[] fields = line.Split(':', 3);
            if (fields.Length == 3 && hierarchies.FirstOrDefault(candidate => IsOf(candidate, fields[1])) is { } hierarchy
                && hierarchy.ToMounted(fields[2]) is { } path)
            {
                places[hierarchy] = path;
            }
        }
        return places;
    }

    private static bool IsOf(CgroupHierarchy hierarchy, string field) => field.Length == 0
        ? hierarchy.Version == HierarchyVersion.V2
        : hierarchy.Version == HierarchyVersion.V1
            && (field.StartsWith("name=", StringComparison.Ordinal) ? hierarchy.Name == field["name=".Length..] : field.Split(',').Any(hierarchy.Controllers.Contains));

    private static unsafe string Read(string path)
    {
        using SafeFileHandle file = Descriptor.Open(path, O_RDONLY);
        StringBuilder text = new();
        const int Length = 4096;
        byte* buffer = stackalloc byte[Length];
        long count;
        while ((count = read(Descriptor.Number(file), buffer, Length)) > 0)
            text.Append(Encoding.UTF8.GetString(buffer, (int)count));
        return count < 0 ? throw SyscallException.FromLastError("read", path) : text.ToString();
    }
}
