using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;

namespace NsTools.Mounts;

/// <summary>New file systems, mounted nowhere yet.</summary>
internal static class DetachedFileSystem
{
    // These show what the namespaces of whoever makes them show.
    private static readonly NamespaceType[] s_shown =
        [NamespaceType.Network, NamespaceType.Ipc, NamespaceType.Uts, NamespaceType.Cgroup];

    /// <summary>Makes the file system of a request.</summary>
    /// <param name="request">The request, with a type.</param>
    /// <param name="options">Its options.</param>
    /// <exception cref="SyscallException">A step failed.</exception>
    /// <exception cref="NsToolsException">A procfs of another PID namespace is wanted, and this kernel cannot make one.</exception>
    public static SafeFileHandle Create(MountRequest request, MountOptions options)
    {
        string source = request.Source ?? request.Type!;
        if (request.Namespace is null || !HasProcess(request.Namespace))
            return FileSystemContext.Mount(request.Type!, source, options);
        if (request.Type == "proc")
            return CreateProcfs(request.Namespace, source, options);
        // sysfs shows the network namespace's devices, mqueue the IPC namespace's queues, cgroup2 the cgroup namespace's
        // root. Made with those of the target, and with the mount namespace of the caller, in which the source lies.
        IReadOnlyList<SafeFileHandle> shown = request.Namespace.Open(s_shown);
        try
        {
            return NamespaceThread.Run(shown, () => FileSystemContext.Mount(request.Type!, source, options));
        }
        finally
        {
            foreach (SafeFileHandle handle in shown)
                handle.Dispose();
        }
    }

    // A procfs shows the PID namespace of whoever makes it, and a thread cannot enter another. Shown in a container,
    // the caller's would give it all processes of the host. Since Linux 6.18 the namespace can be named.
    private static SafeFileHandle CreateProcfs(NamespaceReference reference, string source, MountOptions options)
    {
        using SafeFileHandle pidNamespace = reference.Open(NamespaceType.Pid);
        if (NamespaceDescriptor.GetId(pidNamespace) == NamespaceFile.Identify("/proc/self/ns/pid"))
            return FileSystemContext.Mount("proc", source, options);
        bool named = false;
        try
        {
            return FileSystemContext.Mount("proc", source, options, context =>
            {
                context.SetDescriptor("pidns", pidNamespace);
                named = true;
            });
        }
        catch (SyscallException failure) when (failure.Name == "EINVAL" && !named && failure.Detail?.Contains("pidns", StringComparison.Ordinal) == true)
        {
            throw new NsToolsException(
                FailureKind.NotSupported,
                "ProcOfOtherNamespace",
                $"This kernel cannot make a procfs that shows the processes of {reference.DisplayName}, only one that shows your own.",
                "Mount it from inside: Invoke-Namespace … -Command 'mount -t proc proc /proc'.",
                failure);
        }
    }

    private static bool HasProcess(NamespaceReference reference)
    {
        using ProcDirectory? process = reference.OpenProcess();
        return process is not null && reference.GetOpenableTypes().Count > 1;
    }
}
