using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>What this kernel, and the namespaces that the container really gets, cannot give of a config: asked before anything is started.</summary>
internal static class RootChecks
{
    /// <summary>Checks.</summary>
    /// <param name="spec">The config.</param>
    /// <param name="namespaces">Its namespaces.</param>
    /// <exception cref="RuntimeSpecException">A member asks for what cannot be; its path names it.</exception>
    public static void Check(RuntimeSpec spec, NamespaceEntry namespaces)
    {
        if (spec.Linux is not { } linux)
            return;
        if (linux.Sysctl is { Count: > 0 } parameters)
            Sysctls.Check(parameters, namespaces.IsOwn);
        if (!string.IsNullOrEmpty(linux.MountLabel) && !HasSeLinux())
            throw new RuntimeSpecException("$.linux.mountLabel", "the kernel has no SELinux that is switched on, and nothing else has such labels");
        if (linux.NetDevices is { Count: > 0 } && !namespaces.IsOwn("network"))
            throw new RuntimeSpecException("$.linux.netDevices", "the container has the host's network namespace: there is nowhere to move them to");
    }

    private static bool HasSeLinux()
    {
        try
        {
            using SafeFileHandle directory = Descriptor.Open("/sys/fs/selinux", O_PATH | O_DIRECTORY);
            return FileSystemMagic.Of(directory) == FileSystemMagic.SeLinux;
        }
        catch (SyscallException missing) when (missing.Number == ENOENT)
        {
            return false;
        }
    }
}
