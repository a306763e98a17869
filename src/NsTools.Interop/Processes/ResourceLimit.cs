namespace NsTools.Interop.Processes;

/// <summary>Names and numbers of resource limits (<c>getrlimit(2)</c>).</summary>
public static class ResourceLimit
{
    /// <summary>No limit, <c>RLIM_INFINITY</c>.</summary>
    public const ulong Infinity = ulong.MaxValue;

    // asm-generic/resource.h: the same on x86-64 and arm64.
    private static readonly string[] s_names =
    [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC",
        "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE",
        "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    ];

    /// <summary>The names; the index is the limit's number.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>The number of a limit; -1 for a name that is none.</summary>
    /// <param name="name">The name, such as <c>RLIMIT_NOFILE</c>.</param>
    public static int NumberOf(string name) => Array.IndexOf(s_names, name);
}
