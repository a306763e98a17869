using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.FileSystems;

/// <summary>
/// Removes a directory with all that is in it, by descriptors: no link is followed and no mount point crossed, whatever
/// happens to the tree meanwhile.
/// </summary>
public static class TreeRemover
{
    private const int AccessDenied = 13, IsDirectory = 21, NotPermitted = 1, NotFound = 2, NotEmpty = 39, CrossDevice = 18, Busy = 16;
    private const byte TypeDirectory = 4;

    // A descriptor is open for each level: a deeper tree is brought up first, so that any depth needs only so many.
    private const int MaximumDepth = 64;

    private sealed class Run(SafeFileHandle top, CancellationToken cancellation)
    {
        public SafeFileHandle Top { get; } = top;

        public CancellationToken Cancellation { get; } = cancellation;

        public int Moved { get; set; }
    }

    /// <summary>Removes a directory and all that is in it.</summary>
    /// <param name="parent">The directory that it is in.</param>
    /// <param name="name">Its name; one that is not there is no error.</param>
    /// <param name="cancellation">Stops half-way.</param>
    /// <exception cref="SyscallException">
    /// A call failed; <c>EBUSY</c>: something is mounted in it, and what is below is left as it is.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Remove(SafeFileHandle parent, string name, CancellationToken cancellation) =>
        Remove(parent, PathBytes.Of(name), name, cancellation);

    /// <summary>Removes a directory and all that is in it.</summary>
    /// <param name="parent">The directory that it is in.</param>
    /// <param name="path">Its path: the last component is looked up in <paramref name="parent"/>; one that is not there is no error.</param>
    /// <param name="cancellation">Stops half-way.</param>
    /// <exception cref="SyscallException">A call failed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Remove(SafeFileHandle parent, RelativePath path, CancellationToken cancellation) =>
        Remove(parent, path.TerminatedName.ToArray(), path.ToString(), cancellation);

    private static unsafe void Remove(SafeFileHandle parent, byte[] bytes, string name, CancellationToken cancellation)
    {
        int error = Open(parent, bytes, out SafeFileHandle? top);
        if (error == NotFound)
            return;
        using (top)
        {
            if (top is null)
                throw new SyscallException("openat2", error, name);
            var run = new Run(top, cancellation);
            // What a level brought up lies in the top directory: it is read again until nothing is left.
            do
            {
                run.Moved = 0;
                Empty(top, run, depth: 1, name);
            }
            while (run.Moved > 0);
        }
        fixed (byte* path = bytes)
        {
            if (unlinkat((int)parent.DangerousGetHandle(), path, AT_REMOVEDIR) < 0 && errno != NotFound)
                throw SyscallException.FromLastError("unlinkat", name);
        }
    }

    private static unsafe void Empty(SafeFileHandle directory, Run run, int depth, string path)
    {
        const int BufferSize = 32 * 1024;
        byte* buffer = (byte*)NativeMemory.Alloc(BufferSize);
        try
        {
            int descriptor = (int)directory.DangerousGetHandle();
            // Whether getdents64 sees names after others were removed is the file system's matter: read until a whole
            // pass removes nothing.
            bool removed;
            do
            {
                removed = false;
                lseek(descriptor, 0, SEEK_SET);
                while (true)
                {
                    long length = (ssize_t)syscall(SyscallNumber.GetDents64, descriptor, buffer, (size_t)BufferSize);
                    if (length < 0)
                        throw SyscallException.FromLastError("getdents64", path);
                    if (length == 0)
                        break;
                    // linux_dirent64: ino, off, reclen, type, name (getdents(2)).
                    for (long at = 0; at < length; at += *(ushort*)(buffer + at + 16))
                    {
                        run.Cancellation.ThrowIfCancellationRequested();
                        var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + at + 19);
                        if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
                            continue;
                        RemoveEntry(directory, buffer + at + 19, buffer[at + 18] == TypeDirectory, run, depth, path);
                        removed = true;
                    }
                }
            }
            while (removed);
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private static unsafe void RemoveEntry(SafeFileHandle directory, byte* name, bool isDirectory, Run run, int depth, string path)
    {
        int descriptor = (int)directory.DangerousGetHandle();
        string full = $"{path}/{Marshal.PtrToStringUTF8((nint)name)}";
        if (!isDirectory)
        {
            int error = Unlink(directory, name, 0);
            if (error is 0 or NotFound)
                return;
            if (error is not IsDirectory and not NotPermitted)
                throw new SyscallException("unlinkat", error, full);
            stat status;
            if (fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(status.st_mode))
                throw new SyscallException("unlinkat", error, full);
        }
        // Most often it is empty already, or nearly; one call then does.
        int removal = Unlink(directory, name, AT_REMOVEDIR);
        if (removal is 0 or NotFound)
            return;
        if (removal == Busy)
            throw new SyscallException("unlinkat", Busy, full, "something is mounted there");
        if (removal != NotEmpty && removal != AccessDenied && removal != 17)
            throw new SyscallException("unlinkat", removal, full);
        if (depth >= MaximumDepth)
        {
            byte[] moved = PathBytes.Of($".nstools-{Guid.NewGuid():N}");
            int error = DirectoryHandle.TryRename(directory, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name), run.Top, moved);
            if (error != 0)
                throw new SyscallException("renameat2", error, full);
            run.Moved++;
            return;
        }
        int opening = Open(directory, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name), out SafeFileHandle? child);
        using (child)
        {
            if (child is null)
                throw opening == CrossDevice
                    ? new SyscallException("openat2", Busy, full, "something is mounted there")
                    : new SyscallException("openat2", opening, full);
            Empty(child, run, depth + 1, full);
        }
        int last = Unlink(directory, name, AT_REMOVEDIR);
        if (last is not 0 and not NotFound)
            throw new SyscallException("unlinkat", last, full);
    }

    // A name from MemoryMarshal's span has its NUL right behind it.
    private static unsafe int Open(SafeFileHandle parent, ReadOnlySpan<byte> name, out SafeFileHandle? directory)
    {
        const ResolveFlags Resolve = ResolveFlags.Beneath | ResolveFlags.NoSymlinks | ResolveFlags.NoCrossDevice;
        int error = OpenAt2.TryOpen(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, Resolve, 0, out directory);
        if (error != AccessDenied)
            return error;
        // The caller's own directory without rights for its owner: it may give itself them.
        fixed (byte* path = name)
        {
            int descriptor = openat((int)parent.DangerousGetHandle(), path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
            if (descriptor < 0)
                return errno;
            using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
            fixed (byte* procfs = PathBytes.Of($"/proc/thread-self/fd/{descriptor}"))
            {
                if (fchmodat(AT_FDCWD, procfs, (mode_t)(ushort)0x1C0, 0) < 0)
                    return AccessDenied;
            }
        }
        return OpenAt2.TryOpen(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, Resolve, 0, out directory);
    }

    private static unsafe int Unlink(SafeFileHandle directory, byte* name, int flags) =>
        unlinkat((int)directory.DangerousGetHandle(), name, flags) < 0 ? errno : 0;
}
