using static Tmds.Linux.LibC;

namespace NsTools.Interop.Syscalls;

/// <summary>Capabilities of files (<c>capabilities(7)</c>, "File capabilities").</summary>
public static unsafe class FileCapability
{
    /// <summary>Whether a program has any, in its extended attribute <c>security.capability</c>.</summary>
    /// <param name="path">The program.</param>
    public static bool IsSet(string path)
    {
        fixed (byte* pointer = PathBytes.Of(path))
        fixed (byte* name = "security.capability\0"u8)
            return (long)syscall(SyscallNumber.GetXAttr, pointer, name, 0, 0) > 0;
    }
}
