using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>Waiting for a descriptor with a time limit and a cancellation token (<c>poll(2)</c>, <c>eventfd(2)</c>).</summary>
public static unsafe class Poller
{
    /// <summary>Waits until the descriptor is readable or its peer has hung up.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was up.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static bool WaitReadable(int descriptor, TimeSpan timeout, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using SafeFileHandle? wake = cancellation.CanBeCanceled ? EventDescriptor() : null;
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(Wake, wake);
        long start = Stopwatch.GetTimestamp();
        pollfd* items = stackalloc pollfd[2];
        while (true)
        {
            items[0] = new pollfd { fd = descriptor, events = POLLIN };
            items[1] = new pollfd { fd = wake is null ? -1 : Descriptor.Number(wake), events = POLLIN };
            int ready = poll(items, 2u, Remaining(timeout, start));
            int error = ready < 0 ? errno : 0;
            if (ready < 0 && !Errno.IsInterruption(error))
                throw new SyscallException("poll", error);
            if (ready > 0 && items[0].revents != 0)
                return true;
            cancellation.ThrowIfCancellationRequested();
            if (ready == 0 && Remaining(timeout, start) == 0)
                return false;
        }
    }

    private static int Remaining(TimeSpan timeout, long start)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
            return -1;
        double left = (timeout - Stopwatch.GetElapsedTime(start)).TotalMilliseconds;
        return left <= 0 ? 0 : (int)Math.Min(Math.Ceiling(left), int.MaxValue);
    }

    private static SafeFileHandle EventDescriptor()
    {
        int descriptor = eventfd(0, EFD_CLOEXEC);
        return descriptor < 0 ? throw SyscallException.FromLastError("eventfd") : new SafeFileHandle(descriptor, true);
    }

    // Disposing the registration waits for a running callback, so the descriptor is open here.
    private static void Wake(object? state)
    {
        if (state is SafeFileHandle wake)
        {
            ulong one = 1;
            _ = write(Descriptor.Number(wake), &one, sizeof(ulong));
        }
    }
}
