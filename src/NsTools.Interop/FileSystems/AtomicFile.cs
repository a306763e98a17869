using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Interop.FileSystems;

/// <summary>Writes a file so that a crash leaves either the old content or the new, never a part (design: "State on disk").</summary>
public static class AtomicFile
{
    /// <summary>Writes the content to a temporary file beside it, syncs, and renames it into place.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">Its whole new content.</param>
    /// <param name="mode">Its permissions; null for the usual ones.</param>
    /// <param name="isSynchronized">
    /// False for what is worth nothing after a crash of the machine, such as the state of processes: killed processes
    /// leave whole files either way.
    /// </param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="SyscallException">It cannot be synchronised.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null, bool isSynchronized = true)
    {
        string temporary = path + ".new";
        try
        {
            using (SafeFileHandle file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
            {
                // Before there is anything in it that others could read.
                if (mode is { } permissions)
                    File.SetUnixFileMode(file, permissions);
                RandomAccess.Write(file, content, 0);
                if (isSynchronized && LibC.fsync((int)file.DangerousGetHandle()) != 0)
                    throw SyscallException.FromLastError("fsync", temporary);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
