using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;

namespace NsTools.Hosts.Probes;

/// <summary>The overlay file system: as root an instance is made, and mounted nowhere.</summary>
internal sealed class OverlayProbe() : HostProbe("OverlayFileSystem")
{
    /// <inheritdoc/>
    public override HostFeature Probe()
    {
        try
        {
            using FileSystemContext context = FileSystemContext.Open("overlay");
            context.SetString("lowerdir", "/etc:/usr");
            context.Create();
            context.Mount(default).Dispose();
            return Available("made one");
        }
        catch (SyscallException failure) when (failure.Name == "EPERM" && NamespaceTrial.NeedsUserNamespace)
        {
            // overlayfs can be mounted in user namespaces since Linux 5.11 (fs/overlayfs/super.c, FS_USERNS_MOUNT).
            return ReadSetting("/proc/filesystems")?.Split('\n').Any(line => line.EndsWith("\toverlay", StringComparison.Ordinal)) == true
                ? Available("in /proc/filesystems; an ordinary user mounts it inside a user namespace")
                : Limited("not in /proc/filesystems, and an ordinary user cannot load its module", "As root: modprobe overlay");
        }
        catch (SyscallException failure) when (failure.Name == "ENODEV")
        {
            return Missing("the kernel has no overlay file system", "As root: modprobe overlay, or use a kernel with CONFIG_OVERLAY_FS.");
        }
        catch (SyscallException failure)
        {
            return Limited(failure.Message, null);
        }
    }
}
