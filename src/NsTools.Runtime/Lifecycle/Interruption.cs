using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// Signals that would end <c>nsrun</c> while it makes a container or starts a process in one: whatever waits meanwhile
/// ends with an <see cref="InterruptedException"/>, so that what was made is undone as after any other failure.
/// </summary>
internal sealed unsafe class Interruption : IDisposable
{
    private readonly SafeFileHandle _read;
    private readonly SafeFileHandle _write;

    public Interruption() => (_read, _write) = DescriptorTable.Pipe();

    /// <summary>Interrupts.</summary>
    /// <param name="signal">By which signal.</param>
    public void Set(byte signal) => _ = write(Descriptor.Number(_write), &signal, 1);

    /// <summary>A signal that has interrupted nothing; 0 for none.</summary>
    public byte Take()
    {
        var item = new pollfd { fd = Descriptor.Number(_read), events = POLLIN };
        byte signal;
        return poll(&item, 1u, 0) == 1 && read(Descriptor.Number(_read), &signal, 1) == 1 ? signal : (byte)0;
    }

    /// <summary>Waits until a descriptor is readable.</summary>
    /// <param name="interruption">What may interrupt that; null for nothing.</param>
    /// <param name="handle">The descriptor.</param>
    /// <param name="timeout">How long at most; null for ever.</param>
    /// <returns>False when the time was up.</returns>
    /// <exception cref="InterruptedException">A signal has come first.</exception>
    public static bool Wait(Interruption? interruption, SafeFileHandle handle, TimeSpan? timeout = null)
    {
        long end = timeout is { } limit ? Environment.TickCount64 + (long)limit.TotalMilliseconds : long.MaxValue;
        pollfd* items = stackalloc pollfd[2];
        while (true)
        {
            items[0] = new pollfd { fd = Descriptor.Number(handle), events = POLLIN };
            items[1] = new pollfd { fd = interruption is null ? -1 : Descriptor.Number(interruption._read), events = POLLIN };
            int ready = poll(items, 2, timeout is null ? -1 : (int)Math.Clamp(end - Environment.TickCount64, 0, int.MaxValue));
            int error = ready < 0 ? errno : 0;
            // 0: the handler of a signal, which is why poll has ended, has run on this thread since.
            if (ready < 0 && error != EINTR && error != 0)
                throw new SyscallException("poll", error);
            if (interruption?.Take() is { } signal and not 0)
                throw new InterruptedException(signal);
            if (ready > 0)
                return true;
            if (ready == 0)
                return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _read.Dispose();
        _write.Dispose();
    }
}

/// <summary>A signal has come while something was made, which is undone.</summary>
/// <param name="signal">The signal.</param>
internal sealed class InterruptedException(int signal) : Exception($"interrupted by {SignalName.Of(signal)}")
{
    /// <summary>The exit code of a program that the signal has killed, as a shell has it.</summary>
    public int ExitCode => 128 + signal;
}
