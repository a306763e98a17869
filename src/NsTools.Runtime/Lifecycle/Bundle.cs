using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>A bundle: a directory with a config and, usually, the root file system (bundle.md).</summary>
internal static unsafe class Bundle
{
    /// <summary>Makes it the working directory, from which the config's relative paths count, and reads the config.</summary>
    /// <param name="directory">The bundle.</param>
    /// <param name="config">The config's file, absolute or relative to the bundle.</param>
    /// <returns>The config's JSON.</returns>
    /// <exception cref="SyscallException">There is no bundle, or no config in it.</exception>
    public static byte[] Enter(string directory, string config)
    {
        fixed (byte* path = PathBytes.Of(directory))
        {
            if (chdir(path) < 0)
                throw SyscallException.FromLastError("chdir", directory, "the bundle");
        }
        try
        {
            return HostFile.ReadAll(config);
        }
        catch (SyscallException failure)
        {
            throw new SyscallException(failure.Syscall, failure.Number, Path.Combine(directory, config), "the bundle's config");
        }
    }
}
