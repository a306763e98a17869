using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>Blocked signals as a readable descriptor (<c>signalfd(2)</c>).</summary>
internal static unsafe class SignalDescriptor
{
    // sizeof(struct signalfd_siginfo); its first member is the signal number.
    private const int RecordLength = 128;

    // The kernel's own sigset_t is 64 bits on x86-64 and arm64.
    private const int KernelSetLength = 8;

    public static SafeFileHandle Open(ReadOnlySpan<int> signals)
    {
        sigset_t set = SignalSet.Of(signals);
        int descriptor = (int)syscall(SyscallNumber.SignalFd4, -1, &set, KernelSetLength, O_CLOEXEC | O_NONBLOCK);
        return descriptor < 0 ? throw SyscallException.FromLastError("signalfd") : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>The next pending signal; 0 when there is none.</summary>
    public static int Read(SafeFileHandle signals)
    {
        byte* record = stackalloc byte[RecordLength];
        return read(Descriptor.Number(signals), record, RecordLength) == RecordLength ? *(int*)record : 0;
    }
}
