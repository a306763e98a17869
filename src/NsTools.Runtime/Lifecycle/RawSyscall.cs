using System.Runtime.InteropServices;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// The C library's <c>syscall</c> and <c>errno</c> without anything of the .NET runtime around the call, for the
/// child of clone3(2): no GC transition, no marshalling, and in the native image a direct call. Where a JIT
/// compiles, <see cref="Bind"/> has the functions looked up beforehand.
/// </summary>
internal static unsafe partial class RawSyscall
{
    [LibraryImport("libc.so.6", EntryPoint = "syscall")]
    [SuppressGCTransition]
    public static partial nint Invoke(nint number, nint first, nint second, nint third, nint fourth, nint fifth);

    [LibraryImport("libc.so.6", EntryPoint = "__errno_location")]
    [SuppressGCTransition]
    public static partial int* ErrnoLocation();

    public static void Bind()
    {
        _ = Invoke(Interop.Syscalls.SyscallNumber.GetPid, 0, 0, 0, 0, 0);
        _ = ErrnoLocation();
    }
}
