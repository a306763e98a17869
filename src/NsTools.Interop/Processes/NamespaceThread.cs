using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>
/// Runs a piece of work on an OS thread of its own that has joined other namespaces (<c>setns(2)</c>): network, mount,
/// UTS, IPC and cgroup. The thread ends with the work and never goes back to a pool, so nothing else can ever run in
/// those namespaces by mistake.
/// </summary>
/// <remarks>
/// The work must do its system calls itself: a thread that it starts (a task, a timer, asynchronous I/O) would be born
/// in the namespaces and stay there.
/// </remarks>
public static class NamespaceThread
{
    // ioctl_nsfs(2): NS_GET_NSTYPE is _IO(0xb7, 0x3).
    private const int GetNamespaceType = 0xb703;

    // sched.h; Tmds.LibC is older than time namespaces.
    private const int CloneNewTime = 0x80;

    /// <summary>Runs work in namespaces and gives back its result.</summary>
    /// <param name="namespaces">Descriptors of the namespaces to join, in order; none runs the work on a thread of its own only.</param>
    /// <param name="work">The work; synchronous, and starting no threads.</param>
    /// <exception cref="SyscallException">
    /// A namespace cannot be joined: <c>EPERM</c>, or <c>EINVAL</c> for a kind that a process of many threads cannot
    /// enter (user, PID, time) or a descriptor of something else. What the work throws comes out as it was thrown.
    /// </exception>
    public static T Run<T>(IReadOnlyList<SafeFileHandle> namespaces, Func<T> work)
    {
        T result = default!;
        Run(namespaces, () => { result = work(); });
        return result;
    }

    /// <inheritdoc cref="Run{T}(IReadOnlyList{SafeFileHandle}, Func{T})"/>
    public static void Run(IReadOnlyList<SafeFileHandle> namespaces, Action work) => RunOnThread(() =>
    {
        foreach (SafeFileHandle handle in namespaces)
            Join(handle);
        work();
    });

    /// <summary>
    /// Runs work in a network namespace made for it (<c>unshare(2)</c>), which ends with the work unless that mounts it
    /// somewhere: <c>/proc/thread-self/ns/net</c>.
    /// </summary>
    /// <param name="work">The work; synchronous, and starting no threads.</param>
    /// <exception cref="SyscallException"><c>EPERM</c>: that takes CAP_SYS_ADMIN. <c>ENOSPC</c>: there are as many as there may be.</exception>
    public static void RunInNewNetwork(Action work) => RunOnThread(() =>
    {
        if (unshare(CLONE_NEWNET) < 0)
            throw SyscallException.FromLastError("unshare", "CLONE_NEWNET");
        work();
    });

    private static void RunOnThread(Action work)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                work();
            }
            // Everything: it is thrown again on the thread that waits.
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        })
        {
            Name = "NsTools namespace",
            IsBackground = true,
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    private static void Join(SafeFileHandle handle)
    {
        int type = ioctl(Descriptor.Number(handle), GetNamespaceType);
        if (type < 0)
            throw new SyscallException("setns", EINVAL, Descriptor.PathOf(handle), "it is no namespace");
        if (type == CLONE_NEWUSER || type == CLONE_NEWPID || type == CloneNewTime)
        {
            throw new SyscallException(
                "setns", EINVAL, Descriptor.PathOf(handle),
                "a process of many threads cannot enter a user, PID or time namespace; start a process there instead");
        }
        // A thread that shares root and working directory with others cannot enter a mount namespace (setns(2)).
        if (type == CLONE_NEWNS && unshare(CLONE_FS) < 0)
            throw SyscallException.FromLastError("unshare", "CLONE_FS");
        if (setns(Descriptor.Number(handle), type) < 0)
        {
            // Before its path is looked up, which has an error number of its own.
            int error = errno;
            throw new SyscallException("setns", error, Descriptor.PathOf(handle));
        }
    }
}
