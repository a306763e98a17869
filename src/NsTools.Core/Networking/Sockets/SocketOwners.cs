using System.Buffers.Text;
using NsTools.Interop.Processes;

namespace NsTools.Networking.Sockets;

/// <summary>Which process has which socket open: the links of <c>/proc/PID/fd</c>, read once (<c>proc_pid_fd(5)</c>).</summary>
internal sealed class SocketOwners
{
    private readonly Dictionary<long, int> _processes = [];

    private SocketOwners()
    {
    }

    /// <summary>Walks all processes that the caller may look at.</summary>
    /// <param name="cancellationToken">Ends the walk.</param>
    public static SocketOwners Scan(CancellationToken cancellationToken)
    {
        SocketOwners owners = new();
        List<int> descriptors = [];
        // Ascending, and the first one stays: after fork(2) the parent is who the socket belongs to.
        foreach (int id in ProcDirectory.EnumerateProcesses().Order())
        {
            cancellationToken.ThrowIfCancellationRequested();
            using ProcDirectory? process = ProcDirectory.TryOpen(id, out _);
            if (process is null)
                continue;
            descriptors.Clear();
            process.ReadDescriptors(descriptors);
            foreach (int descriptor in descriptors)
                owners.Take(process, descriptor);
        }
        return owners;
    }

    /// <summary>The process; 0 for none that is known.</summary>
    /// <param name="inode">The socket's inode.</param>
    public int Of(long inode) => inode == 0 ? 0 : _processes.GetValueOrDefault(inode);

    private void Take(ProcDirectory process, int descriptor)
    {
        Span<byte> name = stackalloc byte[16];
        "fd/"u8.CopyTo(name);
        Utf8Formatter.TryFormat(descriptor, name[3..], out int digits);
        name[3 + digits] = 0;
        Span<byte> target = stackalloc byte[64];
        ReadOnlySpan<byte> link = process.ReadLink(name, target, out _);
        ReadOnlySpan<byte> prefix = "socket:["u8;
        if (link.StartsWith(prefix) && Utf8Parser.TryParse(link[prefix.Length..], out long inode, out _))
            _processes.TryAdd(inode, process.ProcessId);
    }
}
