using Microsoft.Win32.SafeHandles;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Syscalls;

/// <summary>Files in memory (<c>memfd_create(2)</c>).</summary>
public static unsafe class MemoryFile
{
    // linux/memfd.h, Linux 6.3: says that the file is to be executed, where vm.memfd_noexec would forbid that.
    private const uint MfdExec = 0x10;
    private const int AllSeals = 0x1 | 0x2 | 0x4 | 0x8;

    /// <summary>Makes an empty file.</summary>
    /// <param name="name">The name that <c>/proc/PID/fd</c> shows.</param>
    /// <param name="executable">True when it is to be executed.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    public static SafeFileHandle Create(string name, bool executable = false)
    {
        using var text = new Utf8Path(name);
        uint flags = (uint)(MFD_CLOEXEC | MFD_ALLOW_SEALING);
        int descriptor = memfd_create(text.Pointer, executable ? flags | MfdExec : flags);
        // A kernel before 6.3 does not know MFD_EXEC, and needs none.
        if (descriptor < 0 && executable && errno == EINVAL)
            descriptor = memfd_create(text.Pointer, flags);
        return descriptor < 0 ? throw SyscallException.FromLastError("memfd_create", name) : new SafeFileHandle(descriptor, true);
    }

    /// <summary>Makes a file with this content, its offset at the start.</summary>
    /// <param name="name">The name that <c>/proc/PID/fd</c> shows.</param>
    /// <param name="content">The content.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    public static SafeFileHandle Create(string name, ReadOnlySpan<byte> content)
    {
        SafeFileHandle file = Create(name);
        int descriptor = Descriptor.Number(file);
        fixed (byte* data = content)
        {
            for (int done = 0; done < content.Length;)
            {
                long written = pwrite(descriptor, data + done, content.Length - done, done);
                if (written < 0 && errno != EINTR)
                {
                    var failure = SyscallException.FromLastError("pwrite", name);
                    file.Dispose();
                    throw failure;
                }
                done += (int)Math.Max(written, 0);
            }
        }
        return file;
    }

    /// <summary>Makes the file's content final: no write, no change of size, for anyone, for ever (<c>F_ADD_SEALS</c>).</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    public static void Seal(SafeFileHandle file)
    {
        if (fcntl(Descriptor.Number(file), F_ADD_SEALS, AllSeals) < 0)
            throw SyscallException.FromLastError("fcntl", "F_ADD_SEALS");
    }

    /// <summary>True when the file is one that <see cref="Seal"/> has made final.</summary>
    /// <param name="file">Any file.</param>
    public static bool IsSealed(SafeFileHandle file)
    {
        int seals = fcntl(Descriptor.Number(file), F_GET_SEALS);
        return seals >= 0 && (seals & AllSeals) == AllSeals;
    }

    /// <summary>Copies a file into a sealed, executable file in memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The name that <c>/proc/PID/exe</c> shows; null for the file's own.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    public static SafeFileHandle SealedCopy(string path, string? name = null)
    {
        using SafeFileHandle source = Descriptor.Open(path, O_RDONLY);
        SafeFileHandle copy = Create(name ?? System.IO.Path.GetFileName(path), executable: true);
        try
        {
            CopyContent(source, copy, path);
            Seal(copy);
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private static void CopyContent(SafeFileHandle source, SafeFileHandle target, string path)
    {
        byte[] buffer = new byte[1 << 18];
        fixed (byte* data = buffer)
        {
            for (long offset = 0; ;)
            {
                long length = pread(Descriptor.Number(source), data, buffer.Length, offset);
                if (length < 0)
                    throw SyscallException.FromLastError("pread", path);
                if (length == 0)
                    return;
                if (pwrite(Descriptor.Number(target), data, (int)length, offset) != length)
                    throw SyscallException.FromLastError("pwrite", path, "copying nsrun into memory");
                offset += length;
            }
        }
    }
}
