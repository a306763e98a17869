using NsTools.Cgroups;
using NsTools.Interop.Syscalls;
using NsTools.Module.Common;

namespace NsTools.Module.Cgroups;

/// <summary>What the cgroup cmdlets share: the hierarchies, opened once a pipeline, and the kernel's errors in cgroup terms.</summary>
public abstract class CgroupCmdlet : NsToolsCmdlet
{
    private CgroupSystem? _system;

    /// <summary>The machine's hierarchies.</summary>
    private protected CgroupSystem Hierarchies => _system ??= CgroupSystem.Open();

    /// <summary>Runs one item's work; a failure becomes a non-terminating error for that item, in cgroup terms.</summary>
    /// <param name="target">What the error names as its target.</param>
    /// <param name="work">The work.</param>
    private protected void ForCgroup(object? target, Action work) => ForItem(target, () =>
    {
        try
        {
            work();
        }
        catch (SyscallException failure) when (CgroupFailure.Explain(failure) is NsToolsException explained)
        {
            throw explained;
        }
    });

    /// <summary>Runs work on each cgroup, opened.</summary>
    /// <param name="references">The cgroups.</param>
    /// <param name="work">The work.</param>
    private protected void ForEachCgroup(IEnumerable<CgroupReference> references, Action<CgroupHandle> work)
    {
        foreach (CgroupReference reference in references)
        {
            ForCgroup(reference.Path, () =>
            {
                using CgroupHandle handle = Hierarchies.Open(reference);
                work(handle);
            });
        }
    }

    /// <summary>The way to a cgroup's file in an equivalent shell command.</summary>
    /// <param name="path">The cgroup's path.</param>
    private protected static string ShellPath(string path) => $"/sys/fs/cgroup/…{path}";

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _system?.Dispose();
        base.Dispose(disposing);
    }
}
