using Tmds.Linux;

namespace NsTools.Interop.Syscalls;

/// <summary>Error numbers of the kernel by name and in words (<c>errno(3)</c>).</summary>
public static class Errno
{
    // errno(3), x86-64 and arm64 (asm-generic/errno.h); the index is the number.
    private static readonly string?[] s_names =
    [
        null, "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD", "EAGAIN",
        "ENOMEM", "EACCES", "EFAULT", "ENOTBLK", "EBUSY", "EEXIST", "EXDEV", "ENODEV", "ENOTDIR", "EISDIR", "EINVAL",
        "ENFILE", "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE", "EDOM",
        "ERANGE", "EDEADLK", "ENAMETOOLONG", "ENOLCK", "ENOSYS", "ENOTEMPTY", "ELOOP", null, "ENOMSG", "EIDRM",
        "ECHRNG", "EL2NSYNC", "EL3HLT", "EL3RST", "ELNRNG", "EUNATCH", "ENOCSI", "EL2HLT", "EBADE", "EBADR", "EXFULL",
        "ENOANO", "EBADRQC", "EBADSLT", null, "EBFONT", "ENOSTR", "ENODATA", "ETIME", "ENOSR", "ENONET", "ENOPKG",
        "EREMOTE", "ENOLINK", "EADV", "ESRMNT", "ECOMM", "EPROTO", "EMULTIHOP", "EDOTDOT", "EBADMSG", "EOVERFLOW",
        "ENOTUNIQ", "EBADFD", "EREMCHG", "ELIBACC", "ELIBBAD", "ELIBSCN", "ELIBMAX", "ELIBEXEC", "EILSEQ", "ERESTART",
        "ESTRPIPE", "EUSERS", "ENOTSOCK", "EDESTADDRREQ", "EMSGSIZE", "EPROTOTYPE", "ENOPROTOOPT", "EPROTONOSUPPORT",
        "ESOCKTNOSUPPORT", "EOPNOTSUPP", "EPFNOSUPPORT", "EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL", "ENETDOWN",
        "ENETUNREACH", "ENETRESET", "ECONNABORTED", "ECONNRESET", "ENOBUFS", "EISCONN", "ENOTCONN", "ESHUTDOWN",
        "ETOOMANYREFS", "ETIMEDOUT", "ECONNREFUSED", "EHOSTDOWN", "EHOSTUNREACH", "EALREADY", "EINPROGRESS", "ESTALE",
        "EUCLEAN", "ENOTNAM", "ENAVAIL", "EISNAM", "EREMOTEIO", "EDQUOT", "ENOMEDIUM", "EMEDIUMTYPE", "ECANCELED",
        "ENOKEY", "EKEYEXPIRED", "EKEYREVOKED", "EKEYREJECTED", "EOWNERDEAD", "ENOTRECOVERABLE", "ERFKILL", "EHWPOISON",
    ];

    /// <summary>The symbolic name, such as <c>EPERM</c>; <c>E</c> and the number for one that has none.</summary>
    /// <param name="errno">The error number, positive.</param>
    public static string Name(int errno) =>
        errno > 0 && errno < s_names.Length && s_names[errno] is { } name ? name : $"E{errno}";

    /// <summary>
    /// True when <c>poll(2)</c> has failed because a signal came. Zero counts as that: a handler that ran after the call has
    /// then set the number, and of a call that failed the kernel never leaves zero.
    /// </summary>
    /// <param name="errno">What was read after the call that failed.</param>
    public static bool IsInterruption(int errno) => errno == LibC.EINTR || errno == 0;

    /// <summary>The C library's words for the number, such as <c>Operation not permitted</c> (<c>strerror_r(3)</c>).</summary>
    /// <param name="errno">The error number, positive.</param>
    public static unsafe string Describe(int errno)
    {
        const int Length = 256;
        byte* buffer = stackalloc byte[Length];
        return LibC.strerror_r(errno, buffer, Length) == 0
            ? new string((sbyte*)buffer)
            : $"error {errno}";
    }
}
