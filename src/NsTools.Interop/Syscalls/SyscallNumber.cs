using System.Runtime.InteropServices;

namespace NsTools.Interop.Syscalls;

/// <summary>
/// Numbers of the system calls that Tmds.LibC does not bind, for x86-64 and arm64.
/// Since Linux 5.1 new calls have the same number everywhere (<c>arch/x86/entry/syscalls/syscall_64.tbl</c>,
/// <c>include/uapi/asm-generic/unistd.h</c>); only older ones differ.
/// </summary>
public static class SyscallNumber
{
    private static readonly bool s_isArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary><c>pivot_root(2)</c>.</summary>
    public static int PivotRoot => s_isArm64 ? 41 : 155;

    /// <summary><c>prctl(2)</c>.</summary>
    public static int Prctl => s_isArm64 ? 167 : 157;

    /// <summary><c>setfsuid(2)</c>.</summary>
    public static int SetFsUid => s_isArm64 ? 151 : 122;

    /// <summary><c>setfsgid(2)</c>.</summary>
    public static int SetFsGid => s_isArm64 ? 152 : 123;

    /// <summary><c>getdents64(2)</c>.</summary>
    public static int GetDents64 => s_isArm64 ? 61 : 217;

    /// <summary><c>wait4(2)</c>.</summary>
    public static int Wait4 => s_isArm64 ? 260 : 61;

    /// <summary><c>waitid(2)</c>.</summary>
    public static int WaitId => s_isArm64 ? 95 : 247;

    /// <summary><c>execve(2)</c>.</summary>
    public static int Execve => s_isArm64 ? 221 : 59;

    /// <summary><c>execveat(2)</c>.</summary>
    public static int ExecveAt => s_isArm64 ? 281 : 322;

    /// <summary><c>capget(2)</c>.</summary>
    public static int CapGet => s_isArm64 ? 90 : 125;

    /// <summary><c>capset(2)</c>.</summary>
    public static int CapSet => s_isArm64 ? 91 : 126;

    /// <summary><c>seccomp(2)</c>.</summary>
    public static int Seccomp => s_isArm64 ? 277 : 317;

    /// <summary><c>getxattr(2)</c>.</summary>
    public static int GetXAttr => s_isArm64 ? 8 : 191;

    /// <summary><c>fstatfs(2)</c>.</summary>
    public static int FStatFs => s_isArm64 ? 44 : 138;

    /// <summary><c>bpf(2)</c>.</summary>
    public static int Bpf => s_isArm64 ? 280 : 321;

    /// <summary><c>syncfs(2)</c>.</summary>
    public static int SyncFs => s_isArm64 ? 267 : 306;

    /// <summary><c>statx(2)</c>.</summary>
    public static int Statx => s_isArm64 ? 291 : 332;

    /// <summary><c>read(2)</c>.</summary>
    public static int Read => s_isArm64 ? 63 : 0;

    /// <summary><c>write(2)</c>.</summary>
    public static int Write => s_isArm64 ? 64 : 1;

    /// <summary><c>close(2)</c>.</summary>
    public static int Close => s_isArm64 ? 57 : 3;

    /// <summary><c>madvise(2)</c>.</summary>
    public static int MAdvise => s_isArm64 ? 233 : 28;

    /// <summary><c>keyctl(2)</c>.</summary>
    public static int KeyCtl => s_isArm64 ? 219 : 250;

    /// <summary><c>openat(2)</c>.</summary>
    public static int OpenAt => s_isArm64 ? 56 : 257;

    /// <summary><c>mknodat(2)</c>.</summary>
    public static int MkNodAt => s_isArm64 ? 33 : 259;

    /// <summary><c>dup3(2)</c>.</summary>
    public static int Dup3 => s_isArm64 ? 24 : 292;

    /// <summary><c>exit_group(2)</c>.</summary>
    public static int ExitGroup => s_isArm64 ? 94 : 231;

    /// <summary><c>unshare(2)</c>.</summary>
    public static int Unshare => s_isArm64 ? 97 : 272;

    /// <summary><c>setns(2)</c>.</summary>
    public static int SetNs => s_isArm64 ? 268 : 308;

    /// <summary><c>setresuid(2)</c>.</summary>
    public static int SetResUid => s_isArm64 ? 147 : 117;

    /// <summary><c>setresgid(2)</c>.</summary>
    public static int SetResGid => s_isArm64 ? 149 : 119;

    /// <summary><c>rt_sigaction</c> (<c>sigaction(2)</c>).</summary>
    public static int RtSigAction => s_isArm64 ? 134 : 13;

    /// <summary><c>signalfd4(2)</c>.</summary>
    public static int SignalFd4 => s_isArm64 ? 74 : 289;

    /// <summary><c>prlimit(2)</c>.</summary>
    public static int PrLimit64 => s_isArm64 ? 261 : 302;

    /// <summary><c>sched_setattr(2)</c>.</summary>
    public static int SchedSetAttr => s_isArm64 ? 274 : 314;

    /// <summary><c>sched_setaffinity(2)</c>.</summary>
    public static int SchedSetAffinity => s_isArm64 ? 122 : 203;

    /// <summary><c>ioprio_set(2)</c>.</summary>
    public static int IoPrioSet => s_isArm64 ? 30 : 251;

    /// <summary><c>set_mempolicy(2)</c>.</summary>
    public static int SetMemPolicy => s_isArm64 ? 237 : 238;

    /// <summary><c>personality(2)</c>.</summary>
    public static int Personality => s_isArm64 ? 92 : 135;

    /// <summary><c>getcwd(2)</c>.</summary>
    public static int GetCwd => s_isArm64 ? 17 : 79;

    /// <summary><c>pidfd_getfd(2)</c>.</summary>
    public static int PidFdGetFd => 438;

    /// <summary><c>getpid(2)</c>.</summary>
    public static int GetPid => s_isArm64 ? 172 : 39;

    /// <summary><c>flock(2)</c>.</summary>
    public static int Flock => s_isArm64 ? 32 : 73;

    /// <summary><c>pidfd_send_signal(2)</c>.</summary>
    public static int PidFdSendSignal => 424;

    /// <summary><c>open_tree(2)</c>.</summary>
    public static int OpenTree => 428;

    /// <summary><c>move_mount(2)</c>.</summary>
    public static int MoveMount => 429;

    /// <summary><c>fsopen(2)</c>.</summary>
    public static int FsOpen => 430;

    /// <summary><c>fsconfig(2)</c>.</summary>
    public static int FsConfig => 431;

    /// <summary><c>fsmount(2)</c>.</summary>
    public static int FsMount => 432;

    /// <summary><c>pidfd_open(2)</c>.</summary>
    public static int PidFdOpen => 434;

    /// <summary><c>clone3(2)</c>.</summary>
    public static int Clone3 => 435;

    /// <summary><c>close_range(2)</c>.</summary>
    public static int CloseRange => 436;

    /// <summary><c>openat2(2)</c>.</summary>
    public static int OpenAt2 => 437;

    /// <summary><c>mount_setattr(2)</c>.</summary>
    public static int MountSetAttr => 442;

    /// <summary><c>landlock_create_ruleset(2)</c>.</summary>
    public static int LandlockCreateRuleset => 444;
}
