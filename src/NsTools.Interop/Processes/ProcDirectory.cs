using System.Buffers.Text;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>
/// An open <c>/proc/PID</c> (<c>proc(5)</c>). What is read through it is of that very process: once the process has
/// been reaped everything fails with ESRCH or ENOENT, even when its ID has been given to another one.
/// </summary>
/// <remarks>Nothing here throws for a process that vanishes: that is the normal case for who walks all of them.</remarks>
public sealed unsafe class ProcDirectory : IDisposable
{
    private readonly SafeFileHandle _directory;

    private ProcDirectory(int processId, SafeFileHandle directory)
    {
        ProcessId = processId;
        _directory = directory;
    }

    /// <summary>The process's ID in the PID namespace of the mounted <c>/proc</c>.</summary>
    public int ProcessId { get; }

    /// <summary>Opens the directory.</summary>
    /// <param name="processId">The process's ID.</param>
    /// <param name="errno">Why not: ENOENT when there is no such process (or <c>hidepid</c> hides it).</param>
    /// <returns>The open directory; null when it could not be opened.</returns>
    public static ProcDirectory? TryOpen(int processId, out int errno)
    {
        Span<byte> path = stackalloc byte[32];
        "/proc/"u8.CopyTo(path);
        Utf8Formatter.TryFormat(processId, path[6..], out int digits);
        path[6 + digits] = 0;
        fixed (byte* pointer = path)
        {
            int descriptor = open(pointer, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
            errno = descriptor < 0 ? LibC.errno : 0;
            return descriptor < 0 ? null : new ProcDirectory(processId, new SafeFileHandle(descriptor, ownsHandle: true));
        }
    }

    /// <summary>IDs of all visible processes, in no order.</summary>
    public static IReadOnlyList<int> EnumerateProcesses()
    {
        List<int> processes = [];
        fixed (byte* path = "/proc\0"u8)
        {
            int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
            if (descriptor < 0)
                throw SyscallException.FromLastError("open", "/proc");
            using SafeFileHandle directory = new(descriptor, ownsHandle: true);
            NumberedEntries.Read(directory, processes);
        }
        return processes;
    }

    /// <summary>Numbers of the process's descriptors.</summary>
    /// <param name="descriptors">Takes the numbers; nothing is added when the caller may not look or the process has ended.</param>
    public void ReadDescriptors(List<int> descriptors)
    {
        using SafeFileHandle? directory = TryOpenFile("fd\0"u8, O_RDONLY | O_DIRECTORY, out _);
        NumberedEntries.Read(directory, descriptors);
    }

    /// <summary>Reads a symbolic link.</summary>
    /// <param name="name">Name below the directory, with a NUL at its end: <c>"ns/net\0"u8</c>.</param>
    /// <param name="target">Takes the link's text.</param>
    /// <param name="errno">Why it could not be read; 0 when it could.</param>
    /// <returns>The part of <paramref name="target"/> that was filled; empty when it could not be read.</returns>
    public ReadOnlySpan<byte> ReadLink(ReadOnlySpan<byte> name, Span<byte> target, out int errno)
    {
        fixed (byte* pointer = name)
        fixed (byte* buffer = target)
        {
            long length = readlinkat(Number, pointer, buffer, (size_t)target.Length);
            errno = length < 0 ? LibC.errno : 0;
            return length < 0 ? default : target[..(int)length];
        }
    }

    /// <summary>Opens a file or directory below this one.</summary>
    /// <param name="name">Name below the directory, with a NUL at its end.</param>
    /// <param name="flags">Flags of <c>open(2)</c>; close-on-exec is added.</param>
    /// <param name="errno">Why not; 0 when it was opened.</param>
    /// <returns>The descriptor; null when it could not be opened.</returns>
    public SafeFileHandle? TryOpenFile(ReadOnlySpan<byte> name, int flags, out int errno)
    {
        fixed (byte* pointer = name)
        {
            int descriptor = openat(Number, pointer, flags | O_CLOEXEC, 0);
            errno = descriptor < 0 ? LibC.errno : 0;
            return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        }
    }

    /// <summary>Reads a whole file, of which proc does not tell the size.</summary>
    /// <param name="name">Name below the directory, with a NUL at its end.</param>
    /// <param name="buffer">Takes the content; replaced by a bigger one when it is too small.</param>
    /// <returns>The content, a part of <paramref name="buffer"/>; empty when the file cannot be read.</returns>
    public ReadOnlySpan<byte> ReadFile(ReadOnlySpan<byte> name, ref byte[] buffer)
    {
        int descriptor;
        fixed (byte* pointer = name)
            descriptor = openat(Number, pointer, O_RDONLY | O_CLOEXEC, 0);
        if (descriptor < 0)
            return default;
        int length = 0;
        while (true)
        {
            if (length == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            long count;
            fixed (byte* pointer = &buffer[length])
                count = read(descriptor, pointer, (size_t)(buffer.Length - length));
            // ESRCH when the process ends between open and read.
            if (count <= 0)
                break;
            length += (int)count;
        }
        _ = close(descriptor);
        return buffer.AsSpan(0, length);
    }

    /// <summary>Its command line with spaces between the arguments; its short name where it has none (a kernel thread, a zombie).</summary>
    /// <returns>The text; null when the process has ended.</returns>
    public string? ReadCommand()
    {
        byte[] buffer = new byte[1024];
        ReadOnlySpan<byte> arguments = ReadFile("cmdline\0"u8, ref buffer).TrimEnd((byte)0);
        if (arguments.IsEmpty)
        {
            ReadOnlySpan<byte> name = ReadFile("comm\0"u8, ref buffer).TrimEnd((byte)'\n');
            return name.IsEmpty ? null : Encoding.UTF8.GetString(name);
        }
        return Encoding.UTF8.GetString(arguments).Replace('\0', ' ');
    }

    /// <summary>
    /// Its effective user ID, from <c>status</c>: the owner of the directory is root for a process that may not dump core.
    /// </summary>
    /// <returns>The ID; null when the process has ended.</returns>
    public uint? ReadUserId()
    {
        byte[] buffer = new byte[2048];
        ReadOnlySpan<byte> status = ReadFile("status\0"u8, ref buffer);
        int line = status.IndexOf("\nUid:\t"u8);
        if (line < 0)
            return null;
        status = status[(line + 6)..];
        status = status[(status.IndexOf((byte)'\t') + 1)..];
        return Utf8Parser.TryParse(status, out uint userId, out _) ? userId : null;
    }

    /// <summary>When it started, in clock ticks since boot (field 22 of <c>stat</c>): with the ID it names a process for ever.</summary>
    /// <returns>The time; null when the process has ended.</returns>
    public long? ReadStartTime()
    {
        byte[] buffer = new byte[1024];
        ReadOnlySpan<byte> stat = ReadFile("stat\0"u8, ref buffer);
        // The second field, the name in parentheses, may itself hold spaces and parentheses.
        int name = stat.LastIndexOf((byte)')');
        if (name < 0)
            return null;
        stat = stat[(name + 2)..];
        for (int field = 3; field < 22; field++)
            stat = stat[(stat.IndexOf((byte)' ') + 1)..];
        return Utf8Parser.TryParse(stat, out long ticks, out _) ? ticks : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _directory.Dispose();

    private int Number => (int)_directory.DangerousGetHandle();
}
