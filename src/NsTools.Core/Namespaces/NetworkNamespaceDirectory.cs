using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Syscalls;

namespace NsTools.Namespaces;

/// <summary>
/// <c>/run/netns</c>, where <c>ip netns</c> keeps named network namespaces (<c>ip-netns(8)</c>): a file a namespace
/// with the namespace bind-mounted on it, in a directory that is a shared mount, so that an entry appears and vanishes
/// in every mount namespace at once.
/// </summary>
internal static class NetworkNamespaceDirectory
{
    /// <summary>The directory.</summary>
    public const string Location = NetworkNames.Location;

    /// <summary>The path of an entry.</summary>
    /// <param name="name">Its name.</param>
    public static string PathOf(string name) => Path.Combine(Location, name);

    /// <summary>Fails when an entry of this name is there already.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="NsToolsException">It is taken (<c>NetworkNamespaceExists</c>).</exception>
    public static void RequireFree(string name)
    {
        if (Path.Exists(PathOf(name)))
            throw Taken(name, null);
    }

    /// <summary>Adds an entry: <c>ip netns attach</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="source">What stands for the network namespace.</param>
    /// <param name="cancellation">Ends waiting for another process that is at work on the directory.</param>
    /// <exception cref="NsToolsException">The name is taken (<c>NetworkNamespaceExists</c>).</exception>
    /// <exception cref="SyscallException">A mount failed.</exception>
    public static void Add(string name, string source, CancellationToken cancellation)
    {
        string path = PathOf(name);
        Directory.CreateDirectory(Location);
        // iproute2 takes the same lock on the directory while it prepares it.
        using (DirectoryLock.Acquire(Location, cancellation))
        {
            if (!NamespaceFile.TryMakeShared(Location))
            {
                NamespaceFile.MountOnItself(Location, recursive: true);
                NamespaceFile.TryMakeShared(Location);
            }
        }
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (IOException exists) when (Path.Exists(path))
        {
            throw Taken(name, exists);
        }
        try
        {
            File.SetUnixFileMode(path, UnixFileMode.None);
            NamespaceFile.Pin(source, path);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Removes the entry of this name if it is this namespace, or nothing at all (a crash before the mount).</summary>
    /// <param name="name">Its name.</param>
    /// <param name="identity">The network namespace's identity; null when it is not known.</param>
    /// <exception cref="SyscallException">The unmount failed.</exception>
    public static void Remove(string name, long? identity)
    {
        string path = PathOf(name);
        if (!File.Exists(path))
            return;
        if (NamespaceFile.Identify(path) is { } present)
        {
            if (present != identity)
                return;
            NamespaceFile.Unpin(path);
        }
        File.Delete(path);
    }

    private static NsToolsException Taken(string name, Exception? cause) => new(
        FailureKind.AlreadyExists,
        "NetworkNamespaceExists",
        $"A network namespace named '{name}' exists already: {PathOf(name)}.",
        $"Choose another name, or remove that one with `ip netns delete {name}`.",
        cause);
}
