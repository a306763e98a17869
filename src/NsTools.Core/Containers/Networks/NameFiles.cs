using System.Net;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Containers.Networks;

/// <summary>The containers' <c>/etc/hosts</c>, in which those on the same networks find each other by name.</summary>
internal static class NameFiles
{
    private const string Begin = "# Containers on the same networks";
    private const string End = "# End of containers";

    // A container writes to its own file: what it has made of it is not to fill our memory.
    private const int MostBytes = 1 << 20;

    /// <summary>The lines for the others.</summary>
    /// <param name="leases">All that is given out on the networks, by network.</param>
    /// <param name="owner">Whose file it is.</param>
    public static string Block(IEnumerable<LeaseTable> leases, string owner)
    {
        StringBuilder text = new(Begin + "\n");
        foreach (Lease lease in leases.SelectMany(table => table.Leases).Where(lease => lease.Owner != owner))
        {
            foreach (string address in lease.Addresses)
                text.Append(address).Append('\t').AppendJoin(' ', lease.Names).Append('\n');
        }
        return text.Append(End).Append('\n').ToString();
    }

    /// <summary>
    /// Puts the lines into a file in place of those before. The file is written as it is and not exchanged: it is
    /// bind-mounted in the container, which would go on seeing the old one.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="block">What <see cref="Block"/> gave.</param>
    public static void Update(string path, string block)
    {
        try
        {
            using SafeFileHandle file = Descriptor.Open(path, O_RDWR | O_NOFOLLOW);
            byte[] content = new byte[(int)Math.Min(RandomAccess.GetLength(file), MostBytes)];
            string before = Encoding.UTF8.GetString(content, 0, RandomAccess.Read(file, content, 0));
            int begin = before.IndexOf(Begin, StringComparison.Ordinal), end = before.IndexOf(End, StringComparison.Ordinal);
            string after = begin >= 0 && end > begin
                ? before[..begin] + block + before[(end + End.Length)..].TrimStart('\n')
                : before + (before.Length == 0 || before.EndsWith('\n') ? "" : "\n") + block;
            if (after == before)
                return;
            byte[] bytes = Encoding.UTF8.GetBytes(after);
            // One write of all, then the length: who reads meanwhile does not find it empty.
            RandomAccess.Write(file, bytes, 0);
            RandomAccess.SetLength(file, bytes.Length);
        }
        catch (SyscallException gone) when (gone.Name == "ENOENT")
        {
            // Its container is being removed.
        }
    }

    /// <summary>The lines of a container's own.</summary>
    public static string Own(IEnumerable<string> addresses, string hostName, string name) =>
        string.Concat(addresses.Select(address => $"{address.Split('/')[0]}\t{(hostName == name ? name : $"{hostName} {name}")}\n"));

    /// <summary>
    /// The host's <c>resolv.conf</c> for a network of another machine's view: what listens on the host's loopback is not
    /// there. With systemd-resolved, its file of the real servers.
    /// </summary>
    public static string Resolver(Func<string, string?> read)
    {
        string text = read("/etc/resolv.conf") ?? "";
        string[] lines = text.Split('\n');
        if (lines.Any(IsServer) && lines.Where(IsServer).All(IsLoopback) && read("/run/systemd/resolve/resolv.conf") is { } real)
            lines = real.Split('\n');
        return string.Join('\n', lines.Where(line => !IsServer(line) || !IsLoopback(line)));
    }

    private static bool IsServer(string line) => line.StartsWith("nameserver", StringComparison.Ordinal);

    private static bool IsLoopback(string line) => IPAddress.TryParse(line["nameserver".Length..].Trim(), out IPAddress? address) && IPAddress.IsLoopback(address);
}
