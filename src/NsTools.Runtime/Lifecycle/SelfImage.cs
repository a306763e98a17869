using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
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
    /// Opens it, as something through which nothing in the container can write to the host's file by
    /// <c>/proc/PID/exe</c> (CVE-2019-5736): the sealed copy in memory that this process already is when NsTools started
    /// it, otherwise a view of the file through an overlay without an upper layer, which nobody can ever make writable
    /// and which shares the file's pages; where that cannot be mounted, a sealed copy. A framework-dependent build runs
    /// from its file: its apphost looks for <c>nsrun.dll</c> there.
    /// </summary>
    public static SafeFileHandle Open()
    {
        SafeFileHandle self = Descriptor.Open(SelfPath, O_RDONLY);
        if (MemoryFile.IsSealed(self) || File.Exists($"{Descriptor.PathOf(self)}.dll"))
            return self;
        using (self)
        {
            return TryView(Descriptor.PathOf(self)) ?? MemoryFile.SealedCopy(SelfPath, "nsrun");
        }
    }

    // An ordinary user may not mount one here, and an overlay may lie on too many others already.
    private static SafeFileHandle? TryView(string path)
    {
        if (geteuid() != 0 || Path.GetDirectoryName(path) is not { } folder)
            return null;
        try
        {
            using SafeFileHandle directory = Descriptor.Open(folder, O_PATH | O_DIRECTORY);
            // By descriptors: a path could be too long for an option, and have a colon. Without an upper layer an overlay
            // needs two lower ones; the second shows nothing that the first has.
            using SafeFileHandle second = Descriptor.Open("/dev", O_PATH | O_DIRECTORY);
            string layers = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Descriptor.Number(directory)}:/proc/self/fd/{Descriptor.Number(second)}");
            using SafeFileHandle view = FileSystemContext.Mount("overlay", "nsrun", MountOptions.Parse(["ro", "nosuid", "nodev", $"lowerdir={layers}"]));
            return Descriptor.OpenAt(view, Path.GetFileName(path), O_RDONLY | O_NOFOLLOW);
        }
        catch (SyscallException)
        {
            return null;
        }
    }

    [LibraryImport("libc.so.6")]
    private static partial nuint getauxval(nuint type);
}
