using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>The executable that the inner stage runs from.</summary>
internal static partial class SelfImage
{
    private const nuint AtBase = 7;
    private const string SelfPath = "/proc/self/exe";

    /// <summary>
    /// True for a statically linked <c>nsrun</c>: there is no interpreter (<c>AT_BASE</c>, <c>getauxval(3)</c>), so it
    /// can be executed in a mount namespace that has no C library, or another one.
    /// </summary>
    public static bool IsStatic { get; } = getauxval(AtBase) == 0;

    /// <summary>
    /// Opens it: the sealed copy in memory that this process already is when NsTools started it, otherwise one that
    /// is made now, so that nothing in the container can write to the host's file through <c>/proc/PID/exe</c>
    /// (CVE-2019-5736). A framework-dependent build runs from its file: its apphost looks for <c>nsrun.dll</c> there.
    /// </summary>
    public static SafeFileHandle Open()
    {
        SafeFileHandle self = Descriptor.Open(SelfPath, O_RDONLY);
        if (!MemoryFile.IsSealed(self) && !File.Exists($"{Descriptor.PathOf(self)}.dll"))
        {
            self.Dispose();
            self = MemoryFile.SealedCopy(SelfPath);
        }
        return self;
    }

    [LibraryImport("libc.so.6")]
    private static partial nuint getauxval(nuint type);
}
