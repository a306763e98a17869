using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;

namespace NsTools.Containers.Networks;

/// <summary>Where networks are written down: what they are in the data directory, what is in use in the run directory, which goes with a reboot.</summary>
internal sealed class NetworkDirectories(string dataRoot, string runRoot)
{
    private const string Extension = ".json";
    private readonly string _run = Path.GetFullPath(Path.Join(runRoot, "networks"));

    /// <summary>The networks' documents.</summary>
    public string Networks { get; } = Path.GetFullPath(Path.Join(dataRoot, "networks"));

    private string Leases => Path.Join(_run, "leases");

    private string Sandboxes => Path.Join(_run, "sandboxes");

    /// <summary>Locks all networks: whoever gives or takes addresses, or makes or removes a bridge, holds it.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public SafeFileHandle Lock(CancellationToken cancellation)
    {
        foreach (string directory in (string[])[Networks, Leases, Sandboxes])
            Directory.CreateDirectory(directory);
        return DirectoryLock.Acquire(_run, cancellation);
    }

    /// <summary>Path of a network's document.</summary>
    public string NetworkFile(string name) => Path.Join(Networks, name + Extension);

    /// <summary>Path of the mount that keeps a sandbox's network namespace.</summary>
    public string NamespaceFile(string id) => Path.Join(Sandboxes, id + ".net");

    /// <summary>Path of what belongs to a sandbox's network helper. Short: a socket's path may have no more than 107 bytes.</summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="kind"><c>helper</c>, its record; <c>pid</c>; <c>sock</c>.</param>
    public string HelperFile(string id, string kind) => Path.Join(Sandboxes, $"{id[..Math.Min(12, id.Length)]}.{kind}");

    public NetworkDocument? ReadNetwork(string name) => Read(NetworkFile(name), NetworkJson.Default.NetworkDocument);

    public void Write(NetworkDocument network) => Write(NetworkFile(network.Name), network, NetworkJson.Default.NetworkDocument, isSynchronized: true);

    /// <summary>The names of the networks.</summary>
    public IEnumerable<string> NetworkNames() => Names(Networks);

    public LeaseTable ReadLeases(string network) => Read(Path.Join(Leases, network + Extension), NetworkJson.Default.LeaseTable) ?? new LeaseTable();

    public void Write(string network, LeaseTable leases) => Write(Path.Join(Leases, network + Extension), leases, NetworkJson.Default.LeaseTable);

    public void DeleteLeases(string network) => File.Delete(Path.Join(Leases, network + Extension));

    /// <summary>The IDs of all sandboxes.</summary>
    public IEnumerable<string> SandboxIds() => Names(Sandboxes);

    public SandboxDocument? ReadSandbox(string id) => Read(Path.Join(Sandboxes, id + Extension), NetworkJson.Default.SandboxDocument);

    public void Write(SandboxDocument sandbox) => Write(Path.Join(Sandboxes, sandbox.Id + Extension), sandbox, NetworkJson.Default.SandboxDocument);

    public void DeleteSandbox(string id) => File.Delete(Path.Join(Sandboxes, id + Extension));

    private static IEnumerable<string> Names(string directory) => Directory.Exists(directory)
        ? Directory.EnumerateFiles(directory, "*" + Extension).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)
        : [];

    private static T? Read<T>(string path, JsonTypeInfo<T> type)
        where T : class => ContainerJson.Read(path, type);

    private static void Write<T>(string path, T document, JsonTypeInfo<T> type, bool isSynchronized = false) =>
        AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(document, type), isSynchronized: isSynchronized);
}
