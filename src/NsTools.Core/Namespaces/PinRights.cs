using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Namespaces;

/// <summary>
/// Whether this process can bind-mount namespaces on files. Being user 0 does not say so: root of a user namespace can
/// only where the mount namespace belongs to it too (<c>mount_namespaces(7)</c>), and has <c>/run/netns</c> only where
/// that has an owner it knows.
/// </summary>
internal static class PinRights
{
    private static readonly Lazy<bool> s_canPin = new(FindOut);

    /// <summary>True where namespaces can be pinned.</summary>
    public static bool CanPin => s_canPin.Value;

    /// <summary>True where network namespaces can be given a name under <c>/run/netns</c>, too.</summary>
    public static bool CanName => CanPin
        && IsWritable(Directory.Exists(NetworkNamespaceDirectory.Location) ? NetworkNamespaceDirectory.Location : Path.GetDirectoryName(NetworkNamespaceDirectory.Location)!);

    private static bool FindOut()
    {
        if (geteuid() != 0)
            return false;
        using SafeFileHandle mounts = Descriptor.Open("/proc/self/ns/mnt", O_RDONLY);
        using SafeFileHandle? owner = NamespaceDescriptor.OpenOwner(mounts);
        return owner is not null && NamespaceDescriptor.GetId(owner) == NamespaceFile.Identify("/proc/self/ns/user");
    }

    private static unsafe bool IsWritable(string path)
    {
        // W_OK, unistd.h
        const int Write = 2;
        fixed (byte* bytes = PathBytes.Of(path))
            return access(bytes, Write) == 0;
    }
}
