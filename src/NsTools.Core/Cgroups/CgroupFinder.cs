using NsTools.Interop.Cgroups;
using NsTools.Interop.Syscalls;

namespace NsTools.Cgroups;

/// <summary>Walks the tree of cgroups.</summary>
/// <param name="system">The hierarchies.</param>
public sealed class CgroupFinder(CgroupSystem system)
{
    /// <summary>A cgroup's children, by name.</summary>
    /// <param name="parent">The parent.</param>
    /// <exception cref="SyscallException">The parent cannot be read.</exception>
    public IReadOnlyList<CgroupReference> Children(CgroupReference parent)
    {
        using CgroupHandle? handle = system.TryOpen(parent);
        if (handle is null)
            return [];
        SortedSet<string> names = new(StringComparer.Ordinal);
        foreach (CgroupDirectory directory in handle.Directories)
            names.UnionWith(directory.Children());
        string prefix = parent.Path == "/" ? "/" : parent.Path + "/";
        return [.. names.Select(name => parent with { Path = prefix + name })];
    }

    /// <summary>All cgroups beneath one, each before its children.</summary>
    /// <param name="top">Where to begin; itself not among them.</param>
    /// <param name="cancellation">Ends the walk.</param>
    public IEnumerable<CgroupReference> Descendants(CgroupReference top, CancellationToken cancellation)
    {
        Stack<CgroupReference> left = new(Children(top).Reverse());
        while (left.TryPop(out CgroupReference? next))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return next;
            foreach (CgroupReference child in Children(next).Reverse())
                left.Push(child);
        }
    }

    /// <summary>The cgroups whose path matches a pattern, part by part (<c>a/*</c> are the children of <c>a</c>).</summary>
    /// <param name="pattern">The pattern, with or without a slash first.</param>
    /// <param name="isMatch">Whether a name matches one part of the pattern.</param>
    public IEnumerable<CgroupReference> Match(string pattern, Func<string, string, bool> isMatch)
    {
        IEnumerable<CgroupReference> found = [new CgroupReference("/")];
        foreach (string part in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
            found = [.. found.SelectMany(Children).Where(child => isMatch(part, child.Path[(child.Path.LastIndexOf('/') + 1)..]))];
        return found;
    }

    /// <summary>The object of a cgroup; null when it has been removed since it was found.</summary>
    /// <param name="reference">Which.</param>
    public Cgroup? TryDescribe(CgroupReference reference)
    {
        try
        {
            using CgroupHandle? handle = system.TryOpen(reference);
            return handle?.Describe();
        }
        catch (SyscallException gone) when (gone.Name is "ENODEV" or "ENOENT")
        {
            return null;
        }
    }
}
