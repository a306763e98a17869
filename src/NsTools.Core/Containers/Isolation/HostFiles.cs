using NsTools.Interop.FileSystems;

namespace NsTools.Containers.Isolation;

/// <summary>The files of <c>/etc</c> that are the container's own and not its image's: its name, and how it finds others.</summary>
internal static class HostFiles
{
    public const string Hosts = "hosts";
    private const string HostName = "hostname";
    private const string Resolver = "resolv.conf";
    private const string LocalHosts = "127.0.0.1\tlocalhost localhost.localdomain\n::1\tlocalhost localhost.localdomain\n";
    private const UnixFileMode EverybodyReads = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Hosts, HostName, Resolver];

    /// <summary>Writes them, anew at each start: the host's may have changed.</summary>
    /// <param name="bundle">The directory.</param>
    /// <param name="hostName">The container's host name.</param>
    /// <param name="usesHostNetwork">Whether it has the host's network, and so the host's names in it.</param>
    public static void Write(string bundle, string hostName, bool usesHostNetwork)
    {
        string own = $"127.0.0.1\t{hostName}\n";
        string hosts = usesHostNetwork && TryRead("/etc/hosts") is { } text
            ? text.EndsWith('\n') || text.Length == 0 ? text : text + "\n"
            : LocalHosts;
        Write(bundle, Hosts, usesHostNetwork && hostName == Environment.MachineName ? hosts : hosts + own);
        Write(bundle, HostName, hostName + "\n");
        // Without a network there is nobody to ask.
        Write(bundle, Resolver, usesHostNetwork ? TryRead("/etc/resolv.conf") ?? "" : "");
    }

    /// <summary>Writes them for a container that is on networks.</summary>
    /// <param name="bundle">The directory.</param>
    /// <param name="hostName">The container's host name.</param>
    /// <param name="names">Its own lines of the hosts file, and those of the others.</param>
    /// <param name="server">A name server to be asked before the host's; null for none.</param>
    public static void WriteNetworked(string bundle, string hostName, string names, string? server = null)
    {
        Write(bundle, Hosts, LocalHosts + names);
        Write(bundle, HostName, hostName + "\n");
        string servers = Networks.NameFiles.Resolver(TryRead);
        Write(bundle, Resolver, server is null ? servers : $"nameserver {server}\n{servers}");
    }

    private static void Write(string bundle, string name, string content)
    {
        string path = Path.Join(bundle, name);
        AtomicFile.Write(path, System.Text.Encoding.UTF8.GetBytes(content));
        File.SetUnixFileMode(path, EverybodyReads);
    }

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null; // a host without the file: so is the container
        }
    }
}
