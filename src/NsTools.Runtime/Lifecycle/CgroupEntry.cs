using System.Globalization;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>The cgroups that the process starts in: descriptors of their directories, inherited from the launcher.</summary>
internal sealed unsafe class CgroupEntry
{
    private const ulong CloneIntoCgroup = 0x200000000; // linux/sched.h
    private const long CgroupV2Magic = 0x63677270; // linux/magic.h, CGROUP2_SUPER_MAGIC

    private readonly List<int> _v1 = [];
    private int _v2 = -1;

    /// <summary>True when it starts in other cgroups than ours.</summary>
    public bool IsAny => _v2 >= 0 || _v1.Count > 0;

    /// <summary>True when there are v1 cgroups, into which the child has to be put while it waits.</summary>
    public bool NeedsPlacing => _v1.Count > 0;

    /// <summary>Reads them from the annotation <see cref="LaunchRequest.CgroupAnnotation"/>.</summary>
    /// <exception cref="SyscallException">One is no descriptor of ours.</exception>
    public static CgroupEntry From(RuntimeSpec spec)
    {
        CgroupEntry entry = new();
        string paths = spec.Annotations?.GetValueOrDefault(LaunchRequest.CgroupAnnotation) ?? "";
        foreach (string path in paths.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int descriptor = int.Parse(path.AsSpan(path.LastIndexOf('/') + 1), CultureInfo.InvariantCulture);
            if (IsUnified(descriptor, path))
                entry._v2 = descriptor;
            else
                entry._v1.Add(descriptor);
        }
        return entry;
    }

    /// <summary>The clone that makes the child in its v2 cgroup.</summary>
    public CloneArguments CloneInto(CloneArguments arguments) =>
        _v2 < 0 ? arguments : arguments with { Flags = arguments.Flags | CloneIntoCgroup, Cgroup = (ulong)_v2 };

    /// <summary>Puts the child into its v1 cgroups.</summary>
    /// <param name="pid">The child.</param>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public void Place(int pid)
    {
        byte[] text = System.Text.Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture));
        foreach (int directory in _v1)
        {
            fixed (byte* name = "cgroup.procs\0"u8)
            fixed (byte* start = text)
            {
                int file = openat(directory, name, O_WRONLY | O_CLOEXEC, 0);
                if (file < 0)
                    throw SyscallException.FromLastError("openat", "cgroup.procs", "entering the cgroup");
                bool isWritten = write(file, start, text.Length) >= 0;
                int error = errno;
                _ = close(file);
                if (!isWritten)
                    throw new SyscallException("write", error, "cgroup.procs", "entering the cgroup");
            }
        }
    }

    private static bool IsUnified(int descriptor, string path)
    {
        // struct statfs begins with f_type; 120 bytes on 64-bit machines (statfs(2)).
        long* status = stackalloc long[16];
        if ((long)(ssize_t)syscall(SyscallNumber.FStatFs, descriptor, status) < 0)
            throw SyscallException.FromLastError("fstatfs", path, "entering the cgroup");
        return status[0] == CgroupV2Magic;
    }
}
