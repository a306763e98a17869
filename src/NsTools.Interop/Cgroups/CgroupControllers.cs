namespace NsTools.Interop.Cgroups;

/// <summary>All controllers that NsTools knows.</summary>
public static class CgroupControllers
{
    private static readonly CgroupController[] s_all =
    [
        new V1.MemoryController(),
        new V1.CpuController(),
        new V1.CpuAccountingController(),
        new V1.CpuSetController(),
        new PidsController(HierarchyVersion.V1),
        new V1.BlockIoController(),
        new HugePageController(HierarchyVersion.V1),
        new RdmaController(HierarchyVersion.V1),
        new V1.DevicesController(),
        new V1.NetworkClassController(),
        new V1.NetworkPriorityController(),
        new V2.MemoryController(),
        new V2.CpuController(),
        new V2.CpuSetController(),
        new PidsController(HierarchyVersion.V2),
        new V2.IoController(),
        new HugePageController(HierarchyVersion.V2),
        new RdmaController(HierarchyVersion.V2),
        new V2.DevicesController(),
        new V2.CoreFiles(),
    ];

    /// <summary>Every one, v1 before v2.</summary>
    public static IReadOnlyList<CgroupController> All => s_all;

    /// <summary>Those that a hierarchy has; on v2 also the core's and the device rules, which need no enabling.</summary>
    /// <param name="hierarchy">The hierarchy.</param>
    public static IEnumerable<CgroupController> Of(CgroupHierarchy hierarchy) =>
        s_all.Where(controller => controller.Version == hierarchy.Version
            && (hierarchy.Controllers.Contains(controller.Name) || controller is V2.CoreFiles or V2.DevicesController));

    /// <summary>The controller's name on v1 and v2 where they differ: <c>blkio</c> is <c>io</c>.</summary>
    /// <param name="name">A name in either's terms.</param>
    /// <param name="version">Whose name is wanted.</param>
    public static string NameOn(string name, HierarchyVersion version) => (name, version) switch
    {
        ("blkio", HierarchyVersion.V2) => "io",
        ("io", HierarchyVersion.V1) => "blkio",
        _ => name,
    };
}
