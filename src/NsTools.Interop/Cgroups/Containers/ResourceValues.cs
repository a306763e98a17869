using System.Globalization;
using NsTools.Interop.Oci;
using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups.Containers;

/// <summary><c>linux.resources</c> but for the devices as values for control files, each controller's for the interface that it is on.</summary>
internal static class ResourceValues
{
    /// <summary>The values in the order in which they are written.</summary>
    /// <param name="resources">What is wanted.</param>
    /// <param name="versionOf">Tells on which interface a controller (by its v1 name) is; null where this system does not have it.</param>
    /// <exception cref="RuntimeSpecException">A member that the interface cannot express.</exception>
    public static List<ControlValue> Of(ResourcesSpec resources, Func<string, HierarchyVersion?> versionOf)
    {
        List<ControlValue> values = [];
        bool IsV2(string controller) => versionOf(controller) == HierarchyVersion.V2;
        if (resources.Memory is { } memory)
            values.AddRange(IsV2("memory") ? V2Values.Of(memory) : V1Values.Of(memory));
        if (resources.Cpu is { } cpu)
        {
            IEnumerable<ControlValue> ofV1 = V1Values.Of(cpu), ofV2 = V2Values.Of(cpu);
            // Two controllers, which on a hybrid system may be on different interfaces.
            values.AddRange((IsV2("cpu") ? ofV2 : ofV1).Where(value => value.Controller == "cpu"));
            values.AddRange(ofV1.Where(value => value.Controller == "cpuset"));
        }
        if (resources.Pids?.Limit is { } limit)
            values.Add(new() { Member = "pids.limit", Controller = "pids", File = "pids.max", Value = limit <= 0 ? "max" : Number(limit) });
        if (resources.BlockIo is { } block)
            values.AddRange(IsV2("blkio") ? V2Values.Of(block) : V1Values.Of(block));
        if (resources.HugepageLimits is { } pages)
            values.AddRange(Pages(pages, IsV2("hugetlb")));
        if (resources.Network is { } network)
            values.AddRange(versionOf("net_cls") is null ? V2Values.Of(network) : V1Values.Of(network));
        if (resources.Rdma is { } devices)
            values.AddRange(Rdma(devices));
        if (resources.Unified is { } files)
            values.AddRange(Unified(files));
        return values;
    }

    private static IEnumerable<ControlValue> Pages(IReadOnlyList<HugepageLimitSpec> pages, bool isV2)
    {
        for (int i = 0; i < pages.Count; i++)
        {
            string file = $"hugetlb.{pages[i].PageSize}.";
            ControlValue value = new()
            {
                Member = $"hugepageLimits[{i}]",
                Controller = "hugetlb",
                File = file + (isV2 ? "max" : "limit_in_bytes"),
                Value = pages[i].Limit.ToString(CultureInfo.InvariantCulture),
            };
            yield return value;
            // Reserved pages are not yet in use, and can be as many as one likes without this one (Linux 5.7).
            yield return value with { File = file + (isV2 ? "rsvd.max" : "rsvd.limit_in_bytes"), IsOptional = true };
        }
    }

    private static IEnumerable<ControlValue> Rdma(IReadOnlyDictionary<string, RdmaResourcesSpec> devices)
    {
        foreach ((string device, RdmaResourcesSpec limits) in devices)
        {
            yield return new()
            {
                Member = JsonPath.Member("rdma", device),
                Controller = "rdma",
                File = "rdma.max",
                Value = device
                    + (limits.HcaHandles is { } handles ? $" hca_handle={handles}" : "")
                    + (limits.HcaObjects is { } objects ? $" hca_object={objects}" : ""),
            };
        }
    }

    private static IEnumerable<ControlValue> Unified(IReadOnlyDictionary<string, string> files)
    {
        foreach ((string file, string text) in files)
        {
            string member = JsonPath.Member("unified", file);
            int dot = file.IndexOf('.', StringComparison.Ordinal);
            if (dot <= 0 || file.AsSpan().ContainsAny('/', '\0'))
                throw new RuntimeSpecException("$.linux.resources." + member, "it is no name of a cgroup v2 control file");
            // cgroup.procs and its like are how the runtime places processes, and no resources.
            if (file is "cgroup.procs" or "cgroup.threads" or "cgroup.kill" or "cgroup.subtree_control" or "cgroup.type")
                throw new RuntimeSpecException("$.linux.resources." + member, "it is the runtime's own to write, and no limit");
            // A file of several lines takes one a write (io.max; runtime-spec, "Unified").
            foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).DefaultIfEmpty(""))
                yield return new() { Member = member, Controller = UnifiedController(file[..dot]), File = file, Value = line };
        }
    }

    private static string UnifiedController(string prefix) => prefix is "cgroup" ? ControlValue.AnyUnified : ControlValue.UnifiedPrefix + prefix;
}
