using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// <c>linux.sysctl</c>: kernel parameters of the container's own namespaces. All others are the host's, for which a
/// config has no say.
/// </summary>
internal static class Sysctls
{
    // sysctl(8) for what belongs to which namespace: ipc_namespaces(7), uts_namespaces(7), user_namespaces(7).
    private static readonly string[] s_ipc =
        ["kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced"];

    /// <summary>Refuses what is not the container's own.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="isOwn">Whether the container has a namespace of a kind that is not the host's.</param>
    /// <exception cref="RuntimeSpecException">A parameter is the host's; its path names it.</exception>
    public static void Check(IReadOnlyDictionary<string, string> parameters, Func<string, bool> isOwn)
    {
        foreach (string name in parameters.Keys)
        {
            string path = $"$.linux.sysctl['{name}']";
            string file = FileOf(name);
            if (file.Split('/').Any(part => part is "" or "." or ".."))
                throw new RuntimeSpecException(path, "it is no name of a kernel parameter");
            string kind = KindOf(file)
                ?? throw new RuntimeSpecException(path, "it belongs to no namespace: the value would be that of the whole host");
            if (!isOwn(kind))
                throw new RuntimeSpecException(path, $"it belongs to the {kind} namespace, and the container has the host's");
        }
    }

    /// <summary>Writes them.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="proc">The kernel's procfs.</param>
    /// <exception cref="SyscallException">There is no such parameter, or it refuses the value.</exception>
    public static void Write(IReadOnlyDictionary<string, string> parameters, ProcFileSystem proc)
    {
        foreach ((string name, string value) in parameters)
        {
            try
            {
                proc.Write($"sys/{FileOf(name)}", value);
            }
            catch (SyscallException failure)
            {
                throw new SyscallException(failure.Syscall, failure.Number, name, $"setting linux.sysctl to '{value}'");
            }
        }
    }

    /// <summary>The parameter's file below <c>/proc/sys</c>. As in sysctl(8) the first separator says which one it is: <c>net/ipv4/conf/eth0.1/forwarding</c> has a dot in a name.</summary>
    /// <param name="name">Its name.</param>
    public static string FileOf(string name)
    {
        int separator = name.AsSpan().IndexOfAny('.', '/');
        if (separator < 0 || name[separator] == '/')
            return name;
        return string.Create(name.Length, name, static (result, source) =>
        {
            for (int i = 0; i < source.Length; i++)
                result[i] = source[i] switch { '.' => '/', '/' => '.', char other => other };
        });
    }

    private static string? KindOf(string file)
    {
        if (file.StartsWith("net/", StringComparison.Ordinal))
            return "network";
        if (file.StartsWith("fs/mqueue/", StringComparison.Ordinal) || Array.IndexOf(s_ipc, file) >= 0)
            return "ipc";
        if (file is "kernel/domainname" or "kernel/hostname")
            return "uts";
        return file.StartsWith("user/", StringComparison.Ordinal) ? "user" : null;
    }
}
