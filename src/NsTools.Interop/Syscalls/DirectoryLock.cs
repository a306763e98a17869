using Microsoft.Win32.SafeHandles;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Syscalls;

/// <summary>
/// An advisory lock on a directory (<c>flock(2)</c>): it goes with the descriptor, so the kernel drops it when the
/// process that holds it ends, however it ends.
/// </summary>
public static class DirectoryLock
{
    // fcntl.h; not in Tmds.LibC.
    private const int LOCK_SH = 1;
    private const int LOCK_EX = 2;
    private const int LOCK_NB = 4;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(2);

    /// <summary>Takes the lock, waiting for whoever has it.</summary>
    /// <param name="directory">Path of an existing directory.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The lock; disposing it gives it back.</returns>
    /// <exception cref="SyscallException">The directory cannot be opened or locked.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static SafeFileHandle Acquire(string directory, CancellationToken cancellation) => Acquire(directory, LOCK_EX, cancellation);

    /// <summary>Takes the lock together with others that take it so, waiting for whoever has it alone.</summary>
    /// <param name="directory">Path of an existing directory.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The lock; disposing it gives it back.</returns>
    /// <exception cref="SyscallException">The directory cannot be opened or locked.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static SafeFileHandle AcquireShared(string directory, CancellationToken cancellation) => Acquire(directory, LOCK_SH, cancellation);

    /// <summary>Takes the lock on what is open already, such as a namespace: it is then that of all who have the namespace open.</summary>
    /// <param name="handle">The open file; the lock goes when it is closed.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="SyscallException">It cannot be locked.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static void Take(SafeFileHandle handle, string name, CancellationToken cancellation) => Take(handle, LOCK_EX, name, cancellation);

    private static void Take(SafeFileHandle handle, int operation, string name, CancellationToken cancellation)
    {
        // LOCK_NB in a loop rather than a blocking flock: the runtime restarts interrupted calls, so a blocking
        // one could not be cancelled.
        while (!TryLock(handle, operation, name))
        {
            cancellation.ThrowIfCancellationRequested();
            Thread.Sleep(s_pause);
        }
    }

    private static SafeFileHandle Acquire(string directory, int operation, CancellationToken cancellation)
    {
        SafeFileHandle handle = Open(directory);
        try
        {
            Take(handle, operation, directory, cancellation);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Takes the lock if nobody has it.</summary>
    /// <param name="directory">Path of an existing directory.</param>
    /// <returns>The lock, or null when another has it.</returns>
    /// <exception cref="SyscallException">The directory cannot be opened or locked.</exception>
    public static SafeFileHandle? TryAcquire(string directory)
    {
        SafeFileHandle handle = Open(directory);
        try
        {
            if (TryLock(handle, LOCK_EX, directory))
                return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
        handle.Dispose();
        return null;
    }

    private static bool TryLock(SafeFileHandle handle, int operation, string directory)
    {
        if ((int)syscall(SyscallNumber.Flock, Descriptor.Number(handle), operation | LOCK_NB) == 0)
            return true;
        return errno is var number && (number == EAGAIN || number == EINTR)
            ? false
            : throw new SyscallException("flock", number, directory);
    }

    private static SafeFileHandle Open(string directory) =>
        Descriptor.Open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}
