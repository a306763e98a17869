using System.Buffers.Text;
using NsTools.Interop.Processes;

namespace NsTools.Namespaces;

/// <summary>
/// First round of a scan: which namespaces processes are in (<c>/proc/PID/ns</c>), and which they hold open
/// (<c>/proc/PID/fd</c>). Processes come and go meanwhile, and an ordinary user may not look at those of others:
/// neither is an error.
/// </summary>
internal sealed class ProcessWalk(NamespaceTable table, IReadOnlySet<NamespaceType> types)
{
    private readonly NamespaceType[] _types = [.. types];
    private readonly List<int> _descriptors = [];

    /// <summary>A process of each mount namespace, whose <c>mountinfo</c> is that namespace's.</summary>
    public Dictionary<long, int> MountNamespaceProcesses { get; } = [];

    /// <summary>Walks all visible processes.</summary>
    public void Run(CancellationToken cancellation)
    {
        foreach (int processId in ProcDirectory.EnumerateProcesses())
        {
            cancellation.ThrowIfCancellationRequested();
            using ProcDirectory? process = ProcDirectory.TryOpen(processId, out _);
            if (process is not null && ReadNamespaces(process))
                ReadDescriptors(process);
        }
    }

    /// <summary>False when the process does not let itself be looked at.</summary>
    private bool ReadNamespaces(ProcDirectory process)
    {
        Span<byte> buffer = stackalloc byte[NamespaceLink.MaximumLength];
        bool isReadable = false;
        foreach (NamespaceType type in _types)
        {
            ReadOnlySpan<byte> link = process.ReadLink(ProcessNamespaces.LinkName(type), buffer, out _);
            if (!NamespaceLink.TryParse(link, out _, out long id))
                continue;
            isReadable = true;
            table.GetOrAdd(type, id).Add(process.ProcessId);
            if (type == NamespaceType.Mount)
                MountNamespaceProcesses.TryAdd(id, process.ProcessId);
        }
        return isReadable;
    }

    private void ReadDescriptors(ProcDirectory process)
    {
        Span<byte> buffer = stackalloc byte[NamespaceLink.MaximumLength];
        Span<byte> name = stackalloc byte[16];
        "fd/"u8.CopyTo(name);
        _descriptors.Clear();
        process.ReadDescriptors(_descriptors);
        foreach (int descriptor in _descriptors)
        {
            Utf8Formatter.TryFormat(descriptor, name[3..], out int digits);
            name[3 + digits] = 0;
            ReadOnlySpan<byte> link = process.ReadLink(name, buffer, out _);
            if (NamespaceLink.TryParse(link, out NamespaceType type, out long id) && types.Contains(type))
                table.GetOrAdd(type, id).HeldAt ??= $"/proc/{process.ProcessId}/fd/{descriptor}";
        }
    }
}
