using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Mounts;

/// <summary>Which mount a descriptor is on (<c>statx(2)</c>, <c>STATX_MNT_ID</c>; Linux 5.8).</summary>
/// <param name="Id">ID of the mount, as in mountinfo.</param>
/// <param name="IsRoot">True when the descriptor is of the mount's root: the place is a mount point.</param>
public readonly record struct MountIdentity(int Id, bool IsRoot)
{
    // linux/stat.h. Tmds.LibC's struct ends before stx_mnt_id, so it is read at its offset.
    private const uint StatxMountId = 0x1000;
    private const ulong AttributeMountRoot = 0x2000;
    private const int StatxSize = 256;
    private const int MountIdOffset = 144;

    /// <summary>Asks the kernel.</summary>
    /// <param name="handle">Any descriptor, <c>O_PATH</c> and detached mounts too.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static unsafe MountIdentity Of(SafeFileHandle handle)
    {
        byte* buffer = stackalloc byte[StatxSize];
        byte empty = 0;
        statx* status = (statx*)buffer;
        if (statx(Descriptor.Number(handle), &empty, AT_EMPTY_PATH, StatxMountId, status) < 0)
            throw SyscallException.FromLastError("statx");
        return new MountIdentity((int)*(ulong*)(buffer + MountIdOffset), (status->stx_attributes & AttributeMountRoot) != 0);
    }
}
