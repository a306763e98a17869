using System.Text;
using NsTools.Interop.Cgroups;
using NsTools.Interop.Syscalls;

namespace NsTools.Cgroups;

/// <summary>Puts processes into a cgroup, and tells which are in it.</summary>
public static class CgroupMembership
{
    private const string Members = "cgroup.procs";

    /// <summary>Moves a process with its threads into a cgroup, in every hierarchy of it.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <param name="processId">The process.</param>
    /// <exception cref="NsToolsException">It is no process ID (<c>InvalidProcessId</c>).</exception>
    /// <exception cref="SyscallException">The kernel refused it; hierarchies that had let it in have it back where it was.</exception>
    public static void Add(CgroupHandle cgroup, int processId)
    {
        if (processId <= 0)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "InvalidProcessId", $"{processId} is no process ID.", "Get-Process lists those that there are.");
        }
        string number = ControlFile.Number(processId);
        // Only several hierarchies can be left half-way.
        string before = cgroup.Directories.Count > 1 ? ReadText(processId, "cgroup") : "";
        for (int i = 0; i < cgroup.Directories.Count; i++)
        {
            int error = cgroup.Directories[i].TryWrite(Members, number);
            if (error == 0)
                continue;
            for (int done = 0; done < i; done++)
                PutBack(cgroup.Directories[done].Hierarchy, before, number);
            throw new SyscallException("write", error, cgroup.Directories[i].FullPath(Members), $"process {number}");
        }
    }

    /// <summary>Moves a process from one cgroup to another in the hierarchies that the first one has; one that has ended is no failure.</summary>
    /// <param name="from">Where it is.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="processId">The process.</param>
    /// <exception cref="NsToolsException">The other one is not in a hierarchy of the first (<c>InvalidMoveTarget</c>).</exception>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    internal static void Move(CgroupHandle from, CgroupHandle to, int processId)
    {
        foreach (CgroupDirectory directory in from.Directories)
        {
            CgroupDirectory target = to.Directories.FirstOrDefault(candidate => candidate.Hierarchy.MountPoint == directory.Hierarchy.MountPoint)
                ?? throw new NsToolsException(
                    FailureKind.InvalidArgument, "InvalidMoveTarget", $"'{to.Path}' is not in the hierarchy '{directory.Hierarchy.MountPoint}', where the processes of '{from.Path}' are.", "Name a cgroup that is in all of its hierarchies, such as /.");
            int error = target.TryWrite(Members, ControlFile.Number(processId));
            if (error != 0 && error != Tmds.Linux.LibC.ESRCH)
                throw new SyscallException("write", error, target.FullPath(Members), $"process {processId}");
        }
    }

    /// <summary>The processes of a cgroup with their commands; those that end meanwhile are left out.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <exception cref="SyscallException">It has been removed meanwhile, or may not be read.</exception>
    public static IEnumerable<CgroupProcess> Processes(CgroupHandle cgroup)
    {
        foreach (int process in cgroup.Processes())
        {
            string name = ReadText(process, "comm").TrimEnd('\n');
            if (name.Length == 0)
                continue; // ended, or outside our PID namespace
            string command = ReadText(process, "cmdline").TrimEnd('\0').Replace('\0', ' ');
            yield return new CgroupProcess
            {
                ProcessId = process,
                ProcessName = name,
                Command = command.Length == 0 ? $"[{name}]" : command,
                CgroupPath = cgroup.Path,
            };
        }
    }

    private static void PutBack(CgroupHierarchy hierarchy, string membership, string process)
    {
        foreach (string line in ControlFile.Lines(membership))
        {
            string[] fields = line.Split(':', 3);
            bool isThis = fields[1].Length == 0
                ? hierarchy.Version == HierarchyVersion.V2
                : hierarchy.Version == HierarchyVersion.V1 && fields[1].Split(',').Intersect(hierarchy.Controllers).Any();
            if (!isThis || hierarchy.ToMounted(fields[2]) is not { } path)
                continue;
            using CgroupDirectory? directory = hierarchy.TryOpen(path);
            // It may have ended by now: then there is nothing to put back.
            _ = directory?.TryWrite(Members, process);
        }
    }

    private static string ReadText(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}", Encoding.UTF8);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
