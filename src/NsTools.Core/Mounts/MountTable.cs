using NsTools.Interop.Namespaces;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;

namespace NsTools.Mounts;

/// <summary>What is mounted in a mount namespace.</summary>
public static class MountTable
{
    /// <summary>The mounts of a mount namespace, in the kernel's order: parents before what is mounted on them.</summary>
    /// <param name="reference">
    /// What names the namespace; null for the caller's own. Of a process those mounts that its root directory can reach,
    /// with targets relative to that.
    /// </param>
    /// <exception cref="NsToolsException">It is not there, or its process has ended.</exception>
    /// <exception cref="SyscallException">It cannot be opened or read: <c>EACCES</c>, <c>EPERM</c>.</exception>
    public static IReadOnlyList<MountPoint> Read(NamespaceReference? reference = null)
    {
        using MountView view = MountView.Open(reference);
        return view.Read();
    }

    /// <summary>Types of file system that this kernel can mount now (<c>proc_filesystems(5)</c>), sorted.</summary>
    public static IReadOnlyList<string> GetFileSystemTypes() =>
        [.. File.ReadLines("/proc/filesystems").Select(line => line[(line.LastIndexOf('\t') + 1)..]).Order(StringComparer.Ordinal)];

    /// <summary>What names the mount namespace that a mount is in; null when that is the caller's own.</summary>
    /// <param name="mount">The mount.</param>
    /// <exception cref="NsToolsException">No visible process is in it and no visible file holds it (<c>NamespaceGone</c>).</exception>
    public static NamespaceReference? FindNamespace(MountPoint mount)
    {
        if (mount.Namespace == 0 || mount.Namespace == NamespaceFile.Identify("/proc/self/ns/mnt"))
            return null;
        foreach (int processId in ProcDirectory.EnumerateProcesses())
        {
            if (TryIdentify($"/proc/{processId}/ns/mnt") == mount.Namespace)
                return NamespaceReference.FromProcess(processId);
        }
        string root = $"mnt:[{mount.Namespace}]";
        if (Read().FirstOrDefault(held => held.FileSystem == "nsfs" && held.FileSystemRoot == root) is { } holder)
            return NamespaceReference.FromPath(holder.Target);
        throw new NsToolsException(
            FailureKind.InvalidState,
            "NamespaceGone",
            $"The mount namespace {mount.Namespace}, in which '{mount.Target}' is mounted, is no longer there, or you may not see it.",
            "Look again with Get-MountPoint -Namespace.");
    }

    private static long? TryIdentify(string path)
    {
        try
        {
            return NamespaceFile.Identify(path);
        }
        catch (SyscallException)
        {
            // Another user's process: not one that could be joined.
            return null;
        }
    }
}
