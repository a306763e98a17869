using System.Runtime.InteropServices;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Syscalls;

/// <summary>The calling thread's capabilities (<c>capabilities(7)</c>); bit n of a mask is capability number n.</summary>
public static unsafe class CapabilityState
{
    /// <summary><c>CAP_SYS_ADMIN</c>.</summary>
    public const int SysAdmin = 21;

    // linux/prctl.h
    private const int SetKeepCapabilities = 8;
    private const int BoundingRead = 23;
    private const int BoundingDrop = 24;
    private const int Ambient = 47;
    private const int AmbientRaise = 2;
    private const int AmbientClearAll = 4;

    // _LINUX_CAPABILITY_VERSION_3: two halves of 32 capabilities.
    private const uint Version = 0x20080522;

    private static readonly Lazy<int> s_last = new(FindLast);

    /// <summary>The highest capability that the kernel has.</summary>
    public static int Last => s_last.Value;

    /// <summary>Reads effective, permitted and inheritable set (<c>capget(2)</c>).</summary>
    /// <exception cref="SyscallException">It failed.</exception>
    public static (ulong Effective, ulong Permitted, ulong Inheritable) Read()
    {
        var header = new Header { Version = Version };
        Half* halves = stackalloc Half[2];
        if ((int)syscall(SyscallNumber.CapGet, &header, halves) < 0)
            throw SyscallException.FromLastError("capget");
        return (
            halves[0].Effective | ((ulong)halves[1].Effective << 32),
            halves[0].Permitted | ((ulong)halves[1].Permitted << 32),
            halves[0].Inheritable | ((ulong)halves[1].Inheritable << 32));
    }

    /// <summary>Sets effective, permitted and inheritable set (<c>capset(2)</c>).</summary>
    /// <param name="effective">A part of <paramref name="permitted"/>.</param>
    /// <param name="permitted">A part of what is permitted now.</param>
    /// <param name="inheritable">A part of what is permitted or inheritable now, and within the bounding set.</param>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public static void Write(ulong effective, ulong permitted, ulong inheritable)
    {
        if (!TryWrite(effective, permitted, inheritable))
            throw SyscallException.FromLastError("capset");
    }

    /// <summary>The same without an exception, for where none may be thrown.</summary>
    /// <param name="effective">A part of <paramref name="permitted"/>.</param>
    /// <param name="permitted">A part of what is permitted now.</param>
    /// <param name="inheritable">A part of what is permitted or inheritable now, and within the bounding set.</param>
    /// <returns>False when the kernel refused it; <c>errno</c> says why.</returns>
    public static bool TryWrite(ulong effective, ulong permitted, ulong inheritable)
    {
        var header = new Header { Version = Version };
        Half* halves = stackalloc Half[2];
        halves[0] = new Half { Effective = (uint)effective, Permitted = (uint)permitted, Inheritable = (uint)inheritable };
        halves[1] = new Half { Effective = (uint)(effective >> 32), Permitted = (uint)(permitted >> 32), Inheritable = (uint)(inheritable >> 32) };
        return (int)syscall(SyscallNumber.CapSet, &header, halves) >= 0;
    }

    /// <summary>The bounding set.</summary>
    public static ulong ReadBounding()
    {
        ulong set = 0;
        for (int number = 0; number <= Last; number++)
        {
            if ((int)syscall(SyscallNumber.Prctl, BoundingRead, number, 0, 0, 0) > 0)
                set |= 1ul << number;
        }
        return set;
    }

    /// <summary>Takes capabilities out of the bounding set, for ever.</summary>
    /// <param name="kept">Those that stay, if they are in it.</param>
    /// <exception cref="SyscallException"><c>EPERM</c>: that takes <c>CAP_SETPCAP</c>.</exception>
    public static void LimitBounding(ulong kept)
    {
        for (int number = 0; number <= Last; number++)
        {
            if ((kept & (1ul << number)) != 0)
                continue;
            if ((int)syscall(SyscallNumber.Prctl, BoundingDrop, number, 0, 0, 0) < 0)
                throw SyscallException.FromLastError("prctl", CapabilityName.Of(number), "taking it out of the bounding set");
        }
    }

    /// <summary>Empties the ambient set.</summary>
    public static void ClearAmbient() => _ = syscall(SyscallNumber.Prctl, Ambient, AmbientClearAll, 0, 0, 0);

    /// <summary>Puts capabilities into the ambient set.</summary>
    /// <param name="set">Those; each must be permitted and inheritable.</param>
    /// <returns>False when the kernel refused one; <c>errno</c> says why.</returns>
    public static bool TryRaiseAmbient(ulong set)
    {
        for (int number = 0; set >> number != 0; number++)
        {
            if ((set & (1ul << number)) != 0 && (int)syscall(SyscallNumber.Prctl, Ambient, AmbientRaise, number, 0, 0) < 0)
                return false;
            if (number == 63)
                break;
        }
        return true;
    }

    /// <summary>Has the permitted set survive the next change of all user IDs from 0 to others (<c>PR_SET_KEEPCAPS</c>).</summary>
    /// <param name="isKept">False for the usual.</param>
    public static void KeepOnUserChange(bool isKept) => _ = syscall(SyscallNumber.Prctl, SetKeepCapabilities, isKept ? 1 : 0, 0, 0, 0);

    private static int FindLast()
    {
        int number = CapabilityName.All.Count - 1;
        while (number < 63 && (int)syscall(SyscallNumber.Prctl, BoundingRead, number + 1, 0, 0, 0) >= 0)
            number++;
        while (number > 0 && (int)syscall(SyscallNumber.Prctl, BoundingRead, number, 0, 0, 0) < 0)
            number--;
        return number;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public uint Version;
        public int ProcessId;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Half
    {
        public uint Effective, Permitted, Inheritable;
    }
}
