using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Namespaces;

/// <summary>Opens the namespaces of a process, with errors in words.</summary>
internal static class ProcessNamespaces
{
    /// <summary>The kinds that this kernel has, in order.</summary>
    public static IReadOnlyList<NamespaceType> SupportedTypes => [.. Enum.GetValues<NamespaceType>().Where(IsSupported)];

    /// <summary>False for a kind that this kernel was built without.</summary>
    public static bool IsSupported(NamespaceType type) => File.Exists($"/proc/self/ns/{type.ProcName()}");

    /// <summary>Opens <c>/proc/PID</c>.</summary>
    /// <param name="processId">The process's ID.</param>
    /// <exception cref="NsToolsException">There is no such process (<c>ProcessNotFound</c>).</exception>
    /// <exception cref="SyscallException">It cannot be opened for another reason.</exception>
    public static ProcDirectory OpenProcess(int processId)
    {
        if (ProcDirectory.TryOpen(processId, out int errno) is { } process)
            return process;
        throw Errno.Name(errno) is "ENOENT" or "ESRCH"
            ? new NsToolsException(
                FailureKind.NotFound,
                "ProcessNotFound",
                $"There is no process with ID {processId}; it may have ended.",
                "Get-Process shows those that there are.")
            : new SyscallException("open", errno, $"/proc/{processId}");
    }

    /// <summary>Opens a namespace of an open process.</summary>
    /// <param name="process">The process.</param>
    /// <param name="type">The kind.</param>
    /// <exception cref="NsToolsException">The process has ended, the kernel has no such kind, or the caller may not.</exception>
    /// <exception cref="SyscallException">It cannot be opened for another reason.</exception>
    public static SafeFileHandle Open(ProcDirectory process, NamespaceType type)
    {
        if (process.TryOpenFile(LinkName(type), LibC.O_RDONLY, out int errno) is { } descriptor)
            return descriptor;
        throw Failed(process, type, errno);
    }

    /// <summary>The identity of a namespace of an open process, without opening it.</summary>
    /// <inheritdoc cref="Open"/>
    public static long ReadId(ProcDirectory process, NamespaceType type)
    {
        Span<byte> buffer = stackalloc byte[NamespaceLink.MaximumLength];
        ReadOnlySpan<byte> link = process.ReadLink(LinkName(type), buffer, out int errno);
        return NamespaceLink.TryParse(link, out _, out long id) ? id : throw Failed(process, type, errno);
    }

    private static Exception Failed(ProcDirectory process, NamespaceType type, int errno) =>
        Errno.Name(errno) switch
        {
            "ENOENT" or "ESRCH" when IsSupported(type) => new NsToolsException(
                FailureKind.InvalidState,
                "ProcessEnded",
                $"Process {process.ProcessId} has ended, and its namespaces with it.",
                "Name a process that still runs, or a namespace set."),
            "ENOENT" or "ESRCH" => new NsToolsException(
                FailureKind.NotSupported,
                "NamespaceTypeNotSupported",
                $"This kernel has no {type} namespaces.",
                "Test-NsToolsHost shows what it has."),
            "EACCES" or "EPERM" => new NsToolsException(
                FailureKind.PermissionDenied,
                "NamespaceAccessDenied",
                $"The {type} namespace of process {process.ProcessId} may not be opened by user {(uint)LibC.geteuid()}.",
                LibC.geteuid() == 0
                    ? "The process is protected: this needs CAP_SYS_PTRACE in its user namespace (ptrace(2), \"Ptrace access mode checking\")."
                    : "Run as root, or as the user that owns the process."),
            _ => new SyscallException("open", errno, $"/proc/{process.ProcessId}/ns/{type.ProcName()}"),
        };

    /// <summary>The link below <c>/proc/PID</c>, with a NUL at its end.</summary>
    public static ReadOnlySpan<byte> LinkName(NamespaceType type) => type switch
    {
        NamespaceType.Cgroup => "ns/cgroup\0"u8,
        NamespaceType.Ipc => "ns/ipc\0"u8,
        NamespaceType.Mount => "ns/mnt\0"u8,
        NamespaceType.Network => "ns/net\0"u8,
        NamespaceType.Pid => "ns/pid\0"u8,
        NamespaceType.Time => "ns/time\0"u8,
        NamespaceType.User => "ns/user\0"u8,
        NamespaceType.Uts => "ns/uts\0"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No such namespace type."),
    };
}
