using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle.Supervision;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Attachments;

/// <summary>The socket in a container's directory on which one attaches to it. By a descriptor: a socket's path must be short.</summary>
internal static class AttachSocket
{
    /// <summary>Makes it.</summary>
    /// <param name="directory">The container's directory.</param>
    /// <exception cref="SyscallException">It cannot be made.</exception>
    public static SafeFileHandle Listen(string directory)
    {
        using SafeFileHandle place = Descriptor.Open(directory, O_PATH | O_DIRECTORY);
        return UnixAddress.Listen(NameIn(place), SOCK_SEQPACKET);
    }

    /// <summary>Connects to it.</summary>
    /// <param name="directory">The container's directory.</param>
    /// <exception cref="SyscallException">There is none, or its supervisor has died.</exception>
    public static SafeFileHandle Connect(string directory)
    {
        using SafeFileHandle place = Descriptor.Open(directory, O_PATH | O_DIRECTORY);
        return UnixAddress.Connect(NameIn(place), SOCK_SEQPACKET);
    }

    private static string NameIn(SafeFileHandle directory) => $"/proc/self/fd/{Descriptor.Number(directory)}/{SupervisionFiles.Attach}";
}
