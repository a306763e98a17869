using System.Text;
using NsTools.Interop.Mounts;
using NsTools.Interop.Processes;

namespace NsTools.Namespaces;

/// <summary>
/// Second round of a scan: namespaces on which something is bind-mounted (<c>ip netns</c>, our own sets, CNI), from the
/// nsfs lines of <c>/proc/PID/mountinfo</c>, which is read once for each mount namespace.
/// </summary>
internal sealed class MountWalk(NamespaceTable table, IReadOnlySet<NamespaceType> types)
{
    private byte[] _buffer = new byte[16 * 1024];

    /// <summary>Reads the mounts of each mount namespace.</summary>
    /// <param name="processes">A process of each mount namespace.</param>
    /// <param name="cancellation">Stops it.</param>
    public void Run(IReadOnlyDictionary<long, int> processes, CancellationToken cancellation)
    {
        // Our own first: its paths are the ones that the caller can use as they are.
        using (ProcDirectory? self = ProcDirectory.TryOpen(Environment.ProcessId, out _))
            Read(self, string.Empty);
        foreach (int processId in processes.Values)
        {
            cancellation.ThrowIfCancellationRequested();
            using ProcDirectory? process = ProcDirectory.TryOpen(processId, out _);
            Read(process, $"/proc/{processId}/root");
        }
    }

    private void Read(ProcDirectory? process, string prefix)
    {
        if (process is null)
            return;
        ReadOnlySpan<byte> mounts = process.ReadFile("mountinfo\0"u8, ref _buffer);
        // Most tables have no such line, and parsing the others would cost more than the rest of the scan.
        for (int found; (found = mounts.IndexOf(" - nsfs "u8)) >= 0;)
        {
            int start = mounts[..found].LastIndexOf((byte)'\n') + 1;
            int length = mounts[found..].IndexOf((byte)'\n');
            int end = length < 0 ? mounts.Length : found + length;
            if (MountInfo.TryParseLine(mounts[start..end]) is { } mount)
                Add(mount, prefix);
            mounts = mounts[end..];
        }
    }

    /// <summary>The root of an nsfs mount is the namespace's own name, <c>net:[ID]</c>.</summary>
    private void Add(MountInfoEntry mount, string prefix)
    {
        if (!NamespaceLink.TryParse(Encoding.UTF8.GetBytes(mount.Root), out NamespaceType type, out long id) || !types.Contains(type))
            return;
        NamespaceEntry entry = table.GetOrAdd(type, id);
        // A descriptor may be closed any time; a mount stays. What was found first is in our own mount namespace.
        if (!entry.IsMounted)
            entry.HeldAt = prefix + mount.Target;
        entry.IsMounted = true;
        if (prefix.Length == 0 && Path.GetDirectoryName(mount.Target) == NetworkNames.Location)
            entry.Name ??= Path.GetFileName(mount.Target);
    }
}
