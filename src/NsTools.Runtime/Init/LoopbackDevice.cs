using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>
/// The loopback device of a network namespace that the container is the first to have: up, as runc leaves it. The kernel makes
/// it down, and a container without any other network has 127.0.0.1 at least (<c>netdevice(7)</c>).
/// </summary>
internal static unsafe class LoopbackDevice
{
    // linux/sockios.h and linux/if.h.
    private const int SetFlags = 0x8914;
    private const short Up = 0x1;
    private const short Running = 0x40;
    private const int NameLength = 16;

    // struct ifreq: 16 bytes of name, then a union of up to 24.
    private const int RequestLength = 40;

    /// <summary>Sets it up where the network namespace is a new one.</summary>
    /// <param name="spec">The config.</param>
    /// <exception cref="SyscallException">It cannot be.</exception>
    public static void BringUp(RuntimeSpec spec)
    {
        if (spec.Linux?.Namespaces?.Any(item => item is { Type: "network", Path: null }) != true)
            return;
        int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0)
            throw SyscallException.FromLastError("socket", "the container's loopback device");
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        byte* request = stackalloc byte[RequestLength];
        new Span<byte>(request, RequestLength).Clear();
        "lo"u8.CopyTo(new Span<byte>(request, NameLength));
        *(short*)(request + NameLength) = Up | Running;
        if (ioctl(descriptor, SetFlags, request) < 0)
            throw SyscallException.FromLastError("ioctl", "lo", "SIOCSIFFLAGS");
    }
}
