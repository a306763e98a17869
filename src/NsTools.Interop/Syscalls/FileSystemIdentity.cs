using static Tmds.Linux.LibC;

namespace NsTools.Interop.Syscalls;

/// <summary>
/// Another user and group for what the calling thread does with files (<c>setfsuid(2)</c>), with all of its capabilities.
/// They belong to the thread, so what is done as them must not change threads.
/// </summary>
public sealed unsafe class FileSystemIdentity : IDisposable
{
    // linux/prctl.h and linux/securebits.h: capabilities stay what they are when IDs change (capabilities(7)).
    private const int GetSecureBits = 27;
    private const int SetSecureBits = 28;
    private const int NoSetUidFixup = 1 << 2;

    private readonly int _bits;
    private readonly long _user;
    private readonly long _group;

    private FileSystemIdentity(int bits, long user, long group) => (_bits, _user, _group) = (bits, user, group);

    /// <summary>Takes it on; disposing goes back, on the same thread.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="groupId">The group.</param>
    /// <exception cref="SyscallException">It takes <c>CAP_SETPCAP</c>, <c>CAP_SETUID</c> and <c>CAP_SETGID</c>.</exception>
    public static FileSystemIdentity Take(uint userId, uint groupId)
    {
        int bits = (int)syscall(SyscallNumber.Prctl, GetSecureBits, 0, 0, 0, 0);
        if (bits < 0 || (long)syscall(SyscallNumber.Prctl, SetSecureBits, bits | NoSetUidFixup, 0, 0, 0) < 0)
            throw SyscallException.FromLastError("prctl", "PR_SET_SECUREBITS");
        // They give what it was, and no error: asked again with what no ID is, they change nothing.
        FileSystemIdentity identity = new(bits, (long)syscall(SyscallNumber.SetFsUid, userId), (long)syscall(SyscallNumber.SetFsGid, groupId));
        if ((uint)(long)syscall(SyscallNumber.SetFsUid, uint.MaxValue) == userId && (uint)(long)syscall(SyscallNumber.SetFsGid, uint.MaxValue) == groupId)
            return identity;
        identity.Dispose();
        throw new SyscallException("setfsuid", EPERM, null, "acting on files as another user");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = syscall(SyscallNumber.SetFsUid, (uint)_user);
        _ = syscall(SyscallNumber.SetFsGid, (uint)_group);
        _ = syscall(SyscallNumber.Prctl, SetSecureBits, _bits, 0, 0, 0);
    }
}
