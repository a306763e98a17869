using System.Globalization;
using System.Text;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>Writes the ID maps of a new user namespace (<c>user_namespaces(7)</c>, "Defining user and group ID mappings").</summary>
internal static unsafe class IdMaps
{
    /// <summary>Writes both maps for a process that waits in its new user namespace.</summary>
    /// <exception cref="SyscallException">A map was refused.</exception>
    public static void Write(int pid, LinuxSpec linux)
    {
        IReadOnlyList<IdMapping> users = linux.UidMappings ?? [], groups = linux.GidMappings ?? [];
        uint effectiveUser = geteuid(), effectiveGroup = getegid();
        if (groups.Count > 0)
        {
            if (MayWrite(groups, effectiveGroup))
            {
                // An ordinary user could otherwise drop a group that denies it something (CVE-2014-8989).
                if (effectiveUser != 0)
                    WriteFile(pid, "setgroups", "deny");
                WriteFile(pid, "gid_map", Format(groups));
            }
            else
            {
                RunHelper("newgidmap", "/etc/subgid", pid, groups);
            }
        }
        if (users.Count == 0)
            return;
        if (MayWrite(users, effectiveUser))
            WriteFile(pid, "uid_map", Format(users));
        else
            RunHelper("newuidmap", "/etc/subuid", pid, users);
    }

    /// <summary>The ID to set things up with: 0 where it is mapped, otherwise the process's own.</summary>
    public static uint SetUpId(IReadOnlyList<IdMapping>? map, uint own)
    {
        foreach (IdMapping mapping in map ?? [])
        {
            if (mapping.ContainerId == 0)
                return 0;
        }
        return map is { Count: > 0 } ? own : 0;
    }

    // Root writes any map; an ordinary user one line that maps its own ID.
    private static bool MayWrite(IReadOnlyList<IdMapping> map, uint own) =>
        geteuid() == 0 || (map.Count == 1 && map[0].Size == 1 && map[0].HostId == own);

    private static string Format(IReadOnlyList<IdMapping> map)
    {
        var text = new StringBuilder();
        foreach (IdMapping line in map)
            text.Append(CultureInfo.InvariantCulture, $"{line.ContainerId} {line.HostId} {line.Size}\n");
        return text.ToString();
    }

    private static void WriteFile(int pid, string name, string content)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{name}");
        byte[] bytes = Encoding.ASCII.GetBytes(content);
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = Descriptor.Open(path, O_WRONLY);
        fixed (byte* data = bytes)
        {
            if (write(Descriptor.Number(file), data, bytes.Length) < 0)
            {
                int error = errno;
                string map = content.TrimEnd().Replace("\n", ", ", StringComparison.Ordinal);
                throw new SyscallException("write", error, name, $"the map was '{map}'{(error == EPERM ? ": only root may map IDs other than its own" : "")}");
            }
        }
    }

    private static void RunHelper(string helper, string table, int pid, IReadOnlyList<IdMapping> map)
    {
        var arguments = new List<string> { helper, pid.ToString(CultureInfo.InvariantCulture) };
        foreach (IdMapping line in map)
        {
            arguments.Add(line.ContainerId.ToString(CultureInfo.InvariantCulture));
            arguments.Add(line.HostId.ToString(CultureInfo.InvariantCulture));
            arguments.Add(line.Size.ToString(CultureInfo.InvariantCulture));
        }
        string program = Find(helper) ?? throw new SyscallException(
            "execve", ENOENT, helper, "an ordinary user needs it to map ID ranges; install the package uidmap (or shadow-utils)");
        (Microsoft.Win32.SafeHandles.SafeFileHandle read, Microsoft.Win32.SafeHandles.SafeFileHandle write) = DescriptorTable.Pipe();
        using (read)
        {
            int child;
            using (write)
            {
                child = PosixSpawn.Start(
                    program, arguments, ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
                    [(Descriptor.Number(write), STDERR_FILENO)], SpawnGroup.Callers, []);
            }
            string complaint = ReadAll(Descriptor.Number(read));
            if (ChildProcess.Wait(child) is { ExitCode: 0 })
                return;
            string asked = Format(map).TrimEnd().Replace("\n", ", ", StringComparison.Ordinal);
            string user = geteuid() is var id ? ((uint)id).ToString(CultureInfo.InvariantCulture) : "";
            throw new SyscallException(
                helper, EPERM, asked,
                $"{complaint.Trim()}; {table} must give user {user} the host IDs that are mapped (usermod --add-{table[5..]}s FIRST-LAST USER)");
        }
    }

    private static string? Find(string program)
    {
        foreach (string folder in (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/bin"))
        {
            string path = $"{folder}/{program}";
            if (folder.StartsWith('/') && File.Exists(path))
                return path;
        }
        return null;
    }

    private static string ReadAll(int descriptor)
    {
        byte* buffer = stackalloc byte[1024];
        int length = 0;
        while (length < 1024)
        {
            long count = read(descriptor, buffer + length, 1024 - length);
            if (count <= 0)
                break;
            length += (int)count;
        }
        return Encoding.UTF8.GetString(buffer, length);
    }
}
