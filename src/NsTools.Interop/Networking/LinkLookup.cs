using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Networking;

/// <summary>
/// Whether there is a link with an index: <c>SIOCGIFNAME</c> of <c>netdevice(7)</c>, which unlike rtnetlink answers while
/// somebody else changes links.
/// </summary>
public sealed class LinkLookup : IDisposable
{
    // linux/sockios.h, linux/if.h
    private const int GetName = 0x8910;
    private const int NameLength = 16;
    private readonly SafeFileHandle _socket;

    private LinkLookup(SafeFileHandle socket) => _socket = socket;

    /// <summary>Looks up in the network namespace that the opener is in.</summary>
    /// <param name="opener">Opens the socket.</param>
    /// <exception cref="SyscallException">It could not be opened.</exception>
    public static LinkLookup Open(INetworkOpener opener) => new(opener.OpenSocket(AF_UNIX, SOCK_DGRAM, 0));

    /// <summary>Whether there is a link.</summary>
    /// <param name="index">Its index.</param>
    /// <exception cref="SyscallException">The kernel did not say.</exception>
    public unsafe bool Has(int index)
    {
        InterfaceRequest request = new() { Index = index };
        if (ioctl(Descriptor.Number(_socket), GetName, &request) == 0)
            return true;
        return errno == ENODEV ? false : throw SyscallException.FromLastError("ioctl", $"SIOCGIFNAME {index}");
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary><c>struct ifreq</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    private struct InterfaceRequest
    {
        [FieldOffset(NameLength)]
        public int Index;
    }
}
