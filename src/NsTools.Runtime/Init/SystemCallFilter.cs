using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>The inner stage's part in <c>linux.seccomp</c>: loads the filter that the outer stage has compiled (<c>seccomp(2)</c>).</summary>
internal sealed unsafe class SystemCallFilter
{
    // linux/seccomp.h
    private const int SetModeFilter = 1;
    private const uint ThreadSync = 1;
    private const uint Log = 2;
    private const uint SpeculationAllow = 4;
    private const uint NewListener = 8;
    private const uint ThreadSyncError = 16;
    private const uint WaitKillable = 32;

    private static readonly TimeSpan s_agentLimit = TimeSpan.FromSeconds(30);

    private readonly Program* _program;
    private readonly uint _flags;

    private SystemCallFilter(Program* program, uint flags)
    {
        _program = program;
        _flags = flags;
    }

    /// <summary>True when an agent is to be told of calls.</summary>
    public bool HasListener => (_flags & NewListener) != 0;

    /// <summary>Reads it from the outer stage; that may still be at compiling it.</summary>
    /// <param name="seccomp">What the config says; null for no filter.</param>
    /// <returns>Null for no filter.</returns>
    /// <exception cref="SyscallException">It did not come.</exception>
    public static SystemCallFilter? Receive(SeccompSpec? seccomp)
    {
        if (seccomp is null)
            return null;
        // Never freed: the last that happens here is execve(2).
        const int Limit = 1 << 16;
        byte* code = (byte*)NativeMemory.Alloc(Limit);
        int length = 0;
        while (length < Limit)
        {
            long count = read(StageProtocol.FilterDescriptor, code + length, Limit - length);
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                throw SyscallException.FromLastError("read", null, "reading the filter of config $.linux.seccomp");
            if (count == 0)
                break;
            length += (int)count;
        }
        // The outer stage could not make it; it has said why, or is dead.
        if (length == 0)
            _exit(1);
        var program = (Program*)NativeMemory.AllocZeroed((nuint)sizeof(Program));
        program->Length = (ushort)(length / 8);
        program->Code = code;
        return new SystemCallFilter(program, Flags(seccomp));
    }

    /// <summary>
    /// Loads it. From here on every call is subject to it, so there is nothing more to come than execve(2), or with an agent
    /// what comes after <c>create</c>.
    /// </summary>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Load()
    {
        nint number = SyscallNumber.Seccomp;
        ListenerPage? page = null;
        if (HasListener)
        {
            page = ListenerPage.Map();
            StageProtocol.ReportListener();
        }
        nint result = RawSyscall.Invoke(number, SetModeFilter, (nint)_flags, (nint)_program, 0, 0);
        if (result < 0)
            throw Failure();
        if (page is not null)
            AwaitAgent(page, (int)result);
    }

    private static void AwaitAgent(ListenerPage page, int listener)
    {
        page.Tell(listener);
        // Neither sleep nor yield, which are system calls. The clock is read without one (vdso(7)).
        long start = Stopwatch.GetTimestamp();
        while (!page.IsAcknowledged)
        {
            Thread.SpinWait(20);
            if (Stopwatch.GetElapsedTime(start) > s_agentLimit)
                _exit(1);
        }
    }

    private static SyscallException Failure()
    {
        int error = errno;
        string? why = error == EACCES ? ": without noNewPrivileges it takes CAP_SYS_ADMIN" : null;
        return new SyscallException("seccomp", error, null, $"loading the filter of config $.linux.seccomp{why}");
    }

    private static uint Flags(SeccompSpec seccomp)
    {
        uint flags = 0;
        foreach (string name in seccomp.Flags ?? [])
        {
            flags |= name switch
            {
                "SECCOMP_FILTER_FLAG_TSYNC" => ThreadSync,
                "SECCOMP_FILTER_FLAG_LOG" => Log,
                "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => SpeculationAllow,
                "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" => WaitKillable,
                _ => throw new RuntimeSpecException("$.linux.seccomp.flags", $"'{name}' is no flag"),
            };
        }
        if (seccomp.HasListener)
            flags |= NewListener;
        // seccomp(2): a listener's descriptor and a thread's number cannot both be returned.
        if ((flags & (NewListener | ThreadSync)) == (NewListener | ThreadSync))
            flags |= ThreadSyncError;
        return flags;
    }

    /// <summary><c>struct sock_fprog</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Program
    {
        public ushort Length;
        public byte* Code;
    }
}
