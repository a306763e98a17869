namespace NsTools.Cgroups;

/// <summary>Reads a tree of cgroups with their processes, and draws it as <c>systemd-cgls</c> does.</summary>
/// <param name="system">The hierarchies.</param>
public sealed class CgroupTree(CgroupSystem system)
{
    private readonly CgroupFinder _finder = new(system);

    /// <summary>Reads a cgroup with all beneath it; null when it is gone.</summary>
    /// <param name="reference">Where to begin.</param>
    /// <param name="includeEmpty">Whether cgroups without a process in them or beneath are kept.</param>
    /// <param name="cancellation">Ends the work.</param>
    public CgroupTreeNode? Read(CgroupReference reference, bool includeEmpty, CancellationToken cancellation) =>
        Read(reference, 0, includeEmpty, cancellation);

    /// <summary>The tree as lines of text.</summary>
    /// <param name="node">The tree.</param>
    public static IEnumerable<string> Draw(CgroupTreeNode node) =>
        [$"Cgroup {node.Cgroup.Path}", .. DrawInside(node, "")];

    private static IEnumerable<string> DrawInside(CgroupTreeNode node, string indent)
    {
        int width = node.Processes.Count == 0 ? 0 : node.Processes.Max(process => process.ProcessId).ToString(System.Globalization.CultureInfo.InvariantCulture).Length;
        int left = node.Children.Count + node.Processes.Count;
        foreach (CgroupTreeNode child in node.Children)
        {
            bool isLast = --left == 0;
            yield return $"{indent}{(isLast ? "└─" : "├─")}{child.Cgroup.Name}{(child.Cgroup.IsFrozen ? " (frozen)" : "")}";
            foreach (string line in DrawInside(child, indent + (isLast ? "  " : "│ ")))
                yield return line;
        }
        foreach (CgroupProcess process in node.Processes)
        {
            bool isLast = --left == 0;
            string id = process.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(width);
            yield return $"{indent}{(isLast ? "└─" : "├─")}{id} {process.Command}";
        }
    }

    private CgroupTreeNode? Read(CgroupReference reference, int depth, bool includeEmpty, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_finder.TryDescribe(reference) is not { } cgroup)
            return null;
        CgroupTreeNode[] children =
        [
            .. _finder.Children(reference)
                .Select(child => Read(child, depth + 1, includeEmpty, cancellation))
                .OfType<CgroupTreeNode>()
                .Where(child => includeEmpty || child.Processes.Count > 0 || child.Children.Count > 0),
        ];
        using CgroupHandle? handle = system.TryOpen(reference);
        return new CgroupTreeNode
        {
            Cgroup = cgroup,
            Depth = depth,
            Processes = handle is null ? [] : [.. CgroupMembership.Processes(handle)],
            Children = [.. children],
        };
    }
}
