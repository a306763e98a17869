using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Cgroups;

/// <summary>One cgroup in one hierarchy, held open: its files and child cgroups. It stays the same cgroup whatever happens to the path.</summary>
public sealed class CgroupDirectory : IDisposable
{
    private const byte DirectoryEntry = 4; // DT_DIR, readdir(3)

    private readonly SafeFileHandle _handle;

    internal CgroupDirectory(CgroupHierarchy hierarchy, string path, SafeFileHandle handle)
    {
        Hierarchy = hierarchy;
        Path = path;
        _handle = handle;
    }

    /// <summary>The hierarchy that it is in.</summary>
    public CgroupHierarchy Hierarchy { get; }

    /// <summary>Its path in the hierarchy: <c>/</c>, <c>/a/b</c>.</summary>
    public string Path { get; }

    /// <summary>The open directory, for <c>CLONE_INTO_CGROUP</c> (<c>clone3(2)</c>) and the like.</summary>
    public SafeFileHandle Handle => _handle;

    /// <summary>Descriptor number of <see cref="Handle"/>.</summary>
    internal int Number => Descriptor.Number(_handle);

    /// <summary>True when the file is there: the controller is enabled and the kernel has the feature.</summary>
    /// <param name="file">Name of a control file.</param>
    public unsafe bool Has(string file)
    {
        fixed (byte* name = PathBytes.Of(file))
            return faccessat(Number, name, F_OK, 0) == 0;
    }

    /// <summary>Reads a control file, without the last newline.</summary>
    /// <param name="file">Its name.</param>
    /// <exception cref="SyscallException"><c>ENOENT</c>: no such file; <c>ENODEV</c>: the cgroup has been removed.</exception>
    public string Read(string file)
    {
        int error = TryRead(file, out string? text);
        return text ?? throw Failed(error == ENOENT ? "openat" : "read", error, file);
    }

    /// <summary>Reads a control file, without the last newline; null when this cgroup has no such file (or, a few, no value).</summary>
    /// <param name="file">Its name.</param>
    /// <exception cref="SyscallException">It is there and cannot be read; <c>ENODEV</c> when the cgroup has been removed.</exception>
    public string? TryRead(string file)
    {
        int error = TryRead(file, out string? text);
        // EOPNOTSUPP: pressure files when PSI is off (psi=0); the file is there, the feature is not.
        return error is 0 || error == ENOENT || error == EOPNOTSUPP ? text : throw Failed("read", error, file);
    }

    /// <summary>Writes a value to a control file with one <c>write(2)</c>, as the interface wants it.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public void Write(string file, string value)
    {
        int error = TryWrite(file, value);
        if (error != 0)
            throw Failed("write", error, file, $"value '{value}'");
    }

    /// <summary>The same, giving the error number instead of an exception.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="value">The value.</param>
    /// <returns>0, or the positive error number.</returns>
    public unsafe int TryWrite(string file, string value)
    {
        int descriptor = OpenFile(file, O_WRONLY);
        if (descriptor < 0)
            return errno;
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* start = bytes)
        {
            int error = write(descriptor, start, bytes.Length) < 0 ? errno : 0;
            _ = close(descriptor);
            return error;
        }
    }

    /// <summary>Opens a control file, for polling.</summary>
    /// <param name="file">Its name.</param>
    /// <returns>Null when this cgroup has no such file.</returns>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public SafeFileHandle? TryOpenFile(string file)
    {
        int descriptor = OpenFile(file, O_RDONLY);
        if (descriptor >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);
        return errno == ENOENT ? null : throw Failed("openat", errno, file);
    }

    /// <summary>IDs of the processes that are in it (not those in child cgroups), as the caller's PID namespace has them.</summary>
    /// <remarks>0 stands for a process outside the caller's PID namespace (<c>cgroups(7)</c>).</remarks>
    /// <exception cref="SyscallException">They cannot be read; <c>EOPNOTSUPP</c> in a threaded cgroup.</exception>
    public List<int> Processes()
    {
        List<int> processes = [];
        ReadOnlySpan<char> text = Read("cgroup.procs");
        foreach (Range line in text.Split('\n'))
        {
            if (int.TryParse(text[line], out int process))
                processes.Add(process);
        }
        return processes;
    }

    /// <summary>Moves a process with all its threads into it.</summary>
    /// <param name="processId">The process; 0 for the caller.</param>
    /// <exception cref="SyscallException">
    /// <c>ESRCH</c>: no such process; <c>EBUSY</c>: v2's no-internal-process rule; <c>ENOSPC</c>: a v1 cpuset without
    /// CPUs or nodes; <c>EACCES</c>: not delegated to the caller.
    /// </exception>
    public void AddProcess(int processId) => Write("cgroup.procs", ControlFile.Number(processId));

    /// <summary>True when the caller's permissions let it move processes in (<c>access(2)</c>).</summary>
    public unsafe bool MayAddProcesses()
    {
        fixed (byte* name = "cgroup.procs\0"u8)
            return faccessat(Number, name, W_OK, 0) == 0;
    }

    /// <summary>Names of its child cgroups, in the kernel's order.</summary>
    /// <exception cref="SyscallException">The directory cannot be read.</exception>
    public unsafe List<string> Children()
    {
        List<string> names = [];
        stat status;
        if (fstat(Number, &status) < 0)
            throw Failed("fstat", errno, null);
        // kernfs counts links as other file systems do: 2, and one for each directory in it. Most cgroups are leaves.
        if ((long)(ulong)status.st_nlink == 2)
            return names;
        if (lseek(Number, 0, SEEK_SET) < 0)
            throw Failed("lseek", errno, null);
        const int Length = 32 * 1024;
        byte[] buffer = new byte[Length];
        fixed (byte* start = buffer)
        {
            while (true)
            {
                long filled = (long)(ssize_t)syscall(SyscallNumber.GetDents64, Number, start, Length);
                if (filled < 0)
                    throw Failed("getdents64", errno, null);
                if (filled == 0)
                    return names;
                // struct linux_dirent64 (getdents(2)): u64 d_ino, s64 d_off, u16 d_reclen, u8 d_type, char d_name[].
                for (long at = 0; at < filled; at += *(ushort*)(start + at + 16))
                {
                    if (start[at + 18] != DirectoryEntry)
                        continue;
                    string name = new((sbyte*)(start + at + 19));
                    if (name is not ("." or ".."))
                        names.Add(name);
                }
            }
        }
    }

    /// <summary>Makes a child cgroup (<c>mkdir(2)</c>).</summary>
    /// <param name="name">Its name.</param>
    /// <returns>False when it was there already.</returns>
    /// <exception cref="SyscallException">It cannot be made: <c>EACCES</c>, <c>EROFS</c>, <c>EAGAIN</c> at <c>cgroup.max.depth</c> or <c>cgroup.max.descendants</c>.</exception>
    public unsafe bool Create(string name)
    {
        fixed (byte* bytes = PathBytes.Of(name))
        {
            if (mkdirat(Number, bytes, 0x1ED) == 0) // 0755
                return true;
            return errno == EEXIST ? false : throw Failed("mkdir", errno, name);
        }
    }

    /// <summary>Path of one of its files, for messages.</summary>
    /// <param name="file">The file's name.</param>
    public string FullPath(string file) => $"{Hierarchy.FullPath(Path).TrimEnd('/')}/{file}";

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <inheritdoc/>
    public override string ToString() => Hierarchy.FullPath(Path);

    private SyscallException Failed(string call, int error, string? file, string? detail = null) =>
        new(call, error, file is null ? ToString() : FullPath(file), detail);

    private unsafe int OpenFile(string file, int flags)
    {
        fixed (byte* name = PathBytes.Of(file))
            return openat(Number, name, flags | O_CLOEXEC | O_NOFOLLOW, 0);
    }

    private unsafe int TryRead(string file, out string? text)
    {
        text = null;
        int descriptor = OpenFile(file, O_RDONLY);
        if (descriptor < 0)
            return errno;
        try
        {
            const int Length = 4096;
            byte* small = stackalloc byte[Length];
            long count = read(descriptor, small, Length);
            if (count < 0)
                return errno;
            text = Encoding.UTF8.GetString(small, (int)count);
            // seq_file gives whole records up to a page; only an empty read is the end.
            if (count > Length / 2)
            {
                StringBuilder rest = new(text);
                while ((count = read(descriptor, small, Length)) > 0)
                    rest.Append(Encoding.UTF8.GetString(small, (int)count));
                if (count < 0)
                    return errno;
                text = rest.ToString();
            }
            text = text.TrimEnd('\n');
            return 0;
        }
        finally
        {
            _ = close(descriptor);
        }
    }
}
