using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Cgroups;
using NsTools.Interop.Processes;

namespace NsTools.Cgroups;

/// <summary>The cgroup that a process is to be started in, opened: its directories go to <c>nsrun</c> as descriptors.</summary>
internal static class CgroupPlacement
{
    /// <summary>Descriptors of a cgroup's directories.</summary>
    /// <param name="reference">The cgroup.</param>
    /// <exception cref="NsToolsException">It is not there.</exception>
    /// <exception cref="Interop.Syscalls.SyscallException">It cannot be opened.</exception>
    public static IReadOnlyList<SafeFileHandle> Open(CgroupReference reference)
    {
        using CgroupSystem system = CgroupSystem.Open();
        return [.. system.Open(reference).Directories.Select(directory => directory.Handle)];
    }

    /// <summary>
    /// Descriptors of the cgroups that a process is in and the caller is not, as far as the caller may put processes
    /// into them: what is started beside it belongs under its limits.
    /// </summary>
    /// <param name="processId">The process.</param>
    public static IReadOnlyList<SafeFileHandle> OpenOf(int processId)
    {
        string? theirs = Membership($"/proc/{processId}/cgroup");
        if (theirs is null || theirs == Membership("/proc/self/cgroup"))
            return [];
        using CgroupSystem system = CgroupSystem.Open();
        HashSet<string> own = [.. system.OfProcess(Environment.ProcessId).SelectMany(reference => Places(system, reference))];
        List<SafeFileHandle> handles = [];
        foreach (CgroupReference reference in system.OfProcess(processId))
        {
            foreach (CgroupDirectory directory in system.TryOpen(reference)?.Directories ?? [])
            {
                if (!own.Contains(directory.ToString()) && directory.MayAddProcesses())
                    handles.Add(directory.Handle);
                else
                    directory.Dispose();
            }
        }
        return handles;
    }

    /// <summary>The annotation by which <c>nsrun</c> finds the descriptors.</summary>
    /// <param name="first">Index of the first of them among the request's descriptors.</param>
    /// <param name="count">How many they are.</param>
    public static KeyValuePair<string, string> Annotation(int first, int count) => new(
        LaunchRequest.CgroupAnnotation,
        string.Join(' ', Enumerable.Range(first, count).Select(LaunchRequest.DescriptorPath)));

    /// <summary>The words of the equivalent shell command (<c>cgexec(1)</c>) that go before the program.</summary>
    /// <param name="reference">The cgroup; null for none.</param>
    public static IEnumerable<string> Words(CgroupReference? reference) => reference is null ? [] : ["cgexec", "-g", "*:" + reference.Path.TrimStart('/')];

    private static IEnumerable<string> Places(CgroupSystem system, CgroupReference reference) =>
        system.Of(reference).Select(hierarchy => hierarchy.FullPath(reference.Path));

    private static string? Membership(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return null; // ended: what comes next says so
        }
    }
}
