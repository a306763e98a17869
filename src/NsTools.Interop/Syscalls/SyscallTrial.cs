using static Tmds.Linux.LibC;

namespace NsTools.Interop.Syscalls;

/// <summary>
/// Whether system calls are there: each is called with arguments that it refuses before it does anything. ENOSYS then
/// means that the kernel does not have it, EPERM that a seccomp filter stops it; what the call itself says is anything else.
/// </summary>
public static unsafe class SyscallTrial
{
    private const uint InvalidFlags = 0xffff_ffff;

    /// <summary><c>clone3(2)</c> with a structure of size 0.</summary>
    /// <returns>The error number.</returns>
    public static int Clone3() => ErrorOf((long)syscall(SyscallNumber.Clone3, 0, 0));

    /// <summary><c>pidfd_open(2)</c> of no process.</summary>
    /// <returns>The error number.</returns>
    public static int PidFdOpen() => ErrorOf((long)syscall(SyscallNumber.PidFdOpen, -1, 0));

    /// <summary><c>openat2(2)</c> with a structure of size 0.</summary>
    /// <returns>The error number.</returns>
    public static int OpenAt2()
    {
        byte nothing = 0;
        return ErrorOf((long)syscall(SyscallNumber.OpenAt2, -1, &nothing, 0, 0));
    }

    /// <summary><c>open_tree(2)</c> with flags that do not exist.</summary>
    /// <returns>The error number.</returns>
    public static int OpenTree()
    {
        byte nothing = 0;
        return ErrorOf((long)syscall(SyscallNumber.OpenTree, -1, &nothing, InvalidFlags));
    }

    /// <summary><c>mount_setattr(2)</c> with flags that do not exist.</summary>
    /// <returns>The error number.</returns>
    public static int MountSetAttr()
    {
        byte nothing = 0;
        return ErrorOf((long)syscall(SyscallNumber.MountSetAttr, -1, &nothing, InvalidFlags, 0, 0));
    }

    /// <summary>Version of Landlock's interface (<c>landlock_create_ruleset(2)</c>, LANDLOCK_CREATE_RULESET_VERSION).</summary>
    /// <param name="error">The error number when there is none: EOPNOTSUPP when it is not switched on.</param>
    /// <returns>The version, from 1; -1 when there is none.</returns>
    public static int LandlockVersion(out int error)
    {
        int version = (int)syscall(SyscallNumber.LandlockCreateRuleset, 0, 0, 1);
        error = version < 0 ? errno : 0;
        return version;
    }

    private static int ErrorOf(long result) => result < 0 ? errno : 0;
}
