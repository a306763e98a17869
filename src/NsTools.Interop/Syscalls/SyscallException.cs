using Tmds.Linux;

namespace NsTools.Interop.Syscalls;

/// <summary>A system call failed: which, why, and on what.</summary>
public sealed class SyscallException : Exception
{
    /// <summary>Makes the exception for a call that failed with <paramref name="errno"/>.</summary>
    /// <param name="syscall">The system call's name, as its man page has it: <c>mount</c>, <c>setns</c>.</param>
    /// <param name="errno">The positive error number.</param>
    /// <param name="subject">The path or name that the call was about; null where there is none.</param>
    /// <param name="detail">What the kernel or the step adds (the file system context's log, the step's purpose); null for nothing.</param>
    public SyscallException(string syscall, int errno, string? subject = null, string? detail = null)
        : base(Compose(syscall, errno, subject, detail))
    {
        Syscall = syscall;
        Number = errno;
        Subject = subject;
        Detail = detail;
    }

    /// <summary>The system call's name, as its man page has it.</summary>
    public string Syscall { get; }

    /// <summary>The positive error number (<c>errno(3)</c>).</summary>
    public int Number { get; }

    /// <summary>The error number's symbolic name, such as <c>EPERM</c>.</summary>
    public string Name => Errno.Name(Number);

    /// <summary>The path or name that the call was about; null where there is none.</summary>
    public string? Subject { get; }

    /// <summary>What the kernel or the step added; null for nothing.</summary>
    public string? Detail { get; }

    /// <summary>The exception for the call that has just failed on this thread, read from <c>errno</c>.</summary>
    /// <param name="syscall">The system call's name.</param>
    /// <param name="subject">The path or name that the call was about.</param>
    /// <param name="detail">What the step adds.</param>
    public static SyscallException FromLastError(string syscall, string? subject = null, string? detail = null) =>
        new(syscall, LibC.errno, subject, detail);

    private static string Compose(string syscall, int errno, string? subject, string? detail)
    {
        string message = subject is null
            ? $"{syscall}: {Errno.Describe(errno)} ({Errno.Name(errno)})"
            : $"{syscall} '{subject}': {Errno.Describe(errno)} ({Errno.Name(errno)})";
        return detail is null ? message + "." : $"{message}: {detail.TrimEnd('.')}.";
    }
}
