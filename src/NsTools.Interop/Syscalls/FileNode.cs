using static Tmds.Linux.LibC;

namespace NsTools.Interop.Syscalls;

/// <summary>Making files that are no directories (<c>mknodat(2)</c>).</summary>
public static unsafe class FileNode
{
    /// <summary>
    /// <c>mknodat(2)</c> as the kernel has it. Tmds.LibC binds <c>__xmknodat</c>, which the C library has only for
    /// programs that were linked dynamically before 2021, so that a static <c>nsrun</c> cannot have it.
    /// </summary>
    /// <param name="directory">Descriptor of the directory.</param>
    /// <param name="name">Its name in there, a C string.</param>
    /// <param name="mode">Type and permissions, of which the umask is taken away.</param>
    /// <param name="device">For a device its number as <c>makedev(3)</c> has it; otherwise 0.</param>
    /// <returns>0, or -1 with <c>errno</c> set.</returns>
    public static int Make(int directory, byte* name, uint mode, uint device) =>
        (int)syscall(SyscallNumber.MkNodAt, directory, name, mode, device);
}
