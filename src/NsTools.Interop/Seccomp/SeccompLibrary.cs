using System.Runtime.InteropServices;

namespace NsTools.Interop.Seccomp;

/// <summary>
/// libseccomp (<c>seccomp_init(3)</c> and the pages that it refers to). A static <c>nsrun</c> has it linked in; elsewhere
/// it is loaded at the first call.
/// </summary>
internal static unsafe partial class SeccompLibrary
{
    /// <summary>The ABI version that every distribution has had since 2012; also the name that nsrun's project links by.</summary>
    public const string Name = "libseccomp.so.2";

    /// <summary><c>__NR_SCMP_ERROR</c>: no architecture has a call of that name.</summary>
    public const int UnknownSyscall = -1;

    /// <summary><c>SCMP_FLTATR_CTL_OPTIMIZE</c>.</summary>
    public const int OptimizeAttribute = 8;

    /// <summary>Sorts the system calls into a binary tree instead of a list.</summary>
    public const uint OptimizeTree = 2;

    [LibraryImport(Name, EntryPoint = "seccomp_init")]
    public static partial nint Initialize(uint defaultAction);

    [LibraryImport(Name, EntryPoint = "seccomp_release")]
    public static partial void Release(nint context);

    [LibraryImport(Name, EntryPoint = "seccomp_arch_resolve_name", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint ResolveArchitecture(string name);

    [LibraryImport(Name, EntryPoint = "seccomp_arch_add")]
    public static partial int AddArchitecture(nint context, uint architecture);

    [LibraryImport(Name, EntryPoint = "seccomp_attr_set")]
    public static partial int SetAttribute(nint context, int attribute, uint value);

    [LibraryImport(Name, EntryPoint = "seccomp_syscall_resolve_name", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ResolveSyscall(string name);

    [LibraryImport(Name, EntryPoint = "seccomp_rule_add_array")]
    public static partial int AddRule(nint context, uint action, int syscall, uint count, ArgumentComparison* conditions);

    [LibraryImport(Name, EntryPoint = "seccomp_export_bpf")]
    public static partial int ExportBpf(nint context, int descriptor);

    [LibraryImport(Name, EntryPoint = "seccomp_version")]
    public static partial uint* Version();

    /// <summary><c>struct scmp_arg_cmp</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ArgumentComparison
    {
        public uint Argument;
        public int Comparison;
        public ulong First, Second;
    }
}
