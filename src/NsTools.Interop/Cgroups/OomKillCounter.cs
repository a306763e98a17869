using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Cgroups;

/// <summary>Counts the processes that are killed in cgroups because memory is out, from when it was made.</summary>
public sealed class OomKillCounter : IDisposable
{
    // v2's file and v1's: both have a line "oom_kill N".
    private static readonly string[] s_files = ["memory.events", "memory.oom_control"];

    private readonly List<(SafeFileHandle File, long Before)> _files = [];

    /// <summary>Begins to count.</summary>
    /// <param name="directories">Directories of cgroups; those without the memory controller are passed over.</param>
    public OomKillCounter(IEnumerable<SafeFileHandle> directories)
    {
        foreach (SafeFileHandle directory in directories)
        {
            foreach (string name in s_files)
            {
                if (TryOpen(directory, name) is not { } file)
                    continue;
                _files.Add((file, Read(file)));
                break;
            }
        }
    }

    /// <summary>How many have been killed since.</summary>
    public long Count => _files.Sum(file => Read(file.File) - file.Before);

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(file => file.File.Dispose());

    private static unsafe SafeFileHandle? TryOpen(SafeFileHandle directory, string name)
    {
        fixed (byte* bytes = PathBytes.Of(name))
        {
            int descriptor = openat(Descriptor.Number(directory), bytes, O_RDONLY | O_CLOEXEC, 0);
            return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        }
    }

    // A cgroup that was removed meanwhile (ENODEV) tells nothing any more.
    private static unsafe long Read(SafeFileHandle file)
    {
        const int Length = 512;
        byte* text = stackalloc byte[Length];
        long count = pread(Descriptor.Number(file), text, Length, 0);
        return count <= 0 ? 0 : ControlFile.Keyed(System.Text.Encoding.ASCII.GetString(text, (int)count), "oom_kill") ?? 0;
    }
}
