using Microsoft.Win32.SafeHandles;
using NsTools.Hosts;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Syscalls;

namespace NsTools.Namespaces;

/// <summary>
/// The named namespace sets of a user: <c>&lt;run root&gt;/namespaces/&lt;name&gt;/</c>, with <c>set.json</c> and, as
/// root, a file a namespace on which that namespace is bind-mounted. This part reads; <c>NamespaceStore.Write.cs</c> writes.
/// </summary>
/// <remarks>
/// The directory itself is the claim to the name. Whoever makes or removes a set holds a lock on its directory
/// meanwhile, and the kernel drops that lock when they die: so a directory without a document is either being made
/// (locked) or what a crash has left (not locked), which shows as a dead set and can be removed.
/// </remarks>
public sealed partial class NamespaceStore
{
    private readonly string _runRoot;
    private readonly string _directory;

    /// <summary>Opens the store of a run root; nothing is made before a set is.</summary>
    /// <param name="runRoot">The run root, see <see cref="RuntimeDirectories.RunRoot"/>.</param>
    public NamespaceStore(string runRoot)
    {
        _runRoot = Path.GetFullPath(runRoot);
        _directory = Path.Combine(_runRoot, "namespaces");
    }

    /// <summary>The calling user's store, at this moment's <see cref="RuntimeDirectories.RunRoot"/>.</summary>
    public static NamespaceStore Current => new(RuntimeDirectories.RunRoot);

    /// <summary>The names of all sets, in order; those that a crash has left, too.</summary>
    /// <exception cref="UnauthorizedAccessException">The directory cannot be read.</exception>
    public IReadOnlyList<string> Names() => Directory.Exists(_directory)
        ? [.. Directory.EnumerateDirectories(_directory).Select(d => Path.GetFileName(d)).Where(NamespaceName.IsValid).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>True for a name that a set has, or that a crash has left.</summary>
    /// <param name="name">The name.</param>
    public bool Exists(string name) => NamespaceName.IsValid(name) && Directory.Exists(EntryOf(name));

    /// <summary>All sets, ordered by name.</summary>
    /// <exception cref="SyscallException">Something of a set cannot be looked at.</exception>
    public IReadOnlyList<NamespaceSet> List() => [.. Names().Select(Find).OfType<NamespaceSet>()];

    /// <summary>The set of this name as it is now.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The set; null when there is none, or when it is only being made.</returns>
    /// <exception cref="SyscallException">Something of the set cannot be looked at.</exception>
    public NamespaceSet? Find(string name)
    {
        string directory = EntryOf(name);
        if (!NamespaceName.IsValid(name) || !Directory.Exists(directory))
            return null;
        bool isAbandoned = false;
        if ((NamespaceSetDocument.Read(directory) ?? ReadUndisturbed(directory, out isAbandoned)) is { } document)
            return ToSet(document, directory);
        return isAbandoned
            ? new NamespaceSet
            {
                Name = name,
                ProcessId = 0,
                State = NamespaceSetState.Dead,
                Created = Directory.GetCreationTimeUtc(directory),
                Namespaces = [.. Pins(directory)],
            }
            : null;
    }

    /// <summary>The set of this name as it is now.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="NsToolsException">There is none (<c>NamespaceNotFound</c>).</exception>
    public NamespaceSet Get(string name) => Find(name) ?? throw NotFound(name);

    /// <summary>The failure that there is no such set.</summary>
    /// <param name="name">Its name.</param>
    public static NsToolsException NotFound(string name) => new(
        FailureKind.NotFound,
        "NamespaceNotFound",
        $"There is no namespace set named '{name}'.",
        "Get-Namespace -Name * shows those that there are.");

    internal string EntryOf(string name) => Path.Combine(_directory, name);

    /// <summary>Reads the document of a directory that seems to have none when nobody can be at work on it.</summary>
    /// <param name="directory">The set's directory.</param>
    /// <param name="isAbandoned">True when there is none, and nobody who would yet write it.</param>
    private NamespaceSetDocument? ReadUndisturbed(string directory, out bool isAbandoned)
    {
        // A maker creates and locks the directory under the store's lock: without that, we could come in between.
        using SafeFileHandle store = DirectoryLock.Acquire(_runRoot, CancellationToken.None);
        isAbandoned = false;
        if (NamespaceSetDocument.Read(directory) is { } document)
            return document;
        if (!Directory.Exists(directory))
            return null;
        using SafeFileHandle? entry = DirectoryLock.TryAcquire(directory);
        isAbandoned = entry is not null;
        return null;
    }

    private static NamespaceSet ToSet(NamespaceSetDocument document, string directory)
    {
        int? holder = document.Holder is { IsAlive: true } alive ? alive.ProcessId : null;
        List<LinuxNamespace> namespaces = [.. document.Namespaces.Select(n => ToNamespace(document, directory, n.Key, n.Value, holder)).OfType<LinuxNamespace>()];
        return new NamespaceSet
        {
            Name = Path.GetFileName(directory),
            ProcessId = holder ?? 0,
            State = holder is not null ? NamespaceSetState.Running
                : document.Holder is null && namespaces.Count == document.Namespaces.Count ? NamespaceSetState.Pinned
                : NamespaceSetState.Dead,
            Root = document.Root,
            HostName = document.HostName,
            Created = document.Created,
            Namespaces = [.. namespaces.OrderBy(n => n.Type)],
        };
    }

    /// <summary>A namespace of a set; null when it is gone: its holder has ended and nothing pins it.</summary>
    private static LinuxNamespace? ToNamespace(NamespaceSetDocument document, string directory, NamespaceType type, long id, int? holder)
    {
        string pin = Path.Combine(directory, type.ProcName());
        string? path = NamespaceFile.Identify(pin) == id
            ? pin
            : holder is not null ? $"/proc/{holder}/ns/{type.ProcName()}" : null;
        return path is null
            ? null
            : new LinuxNamespace
            {
                Type = type,
                Id = id,
                Path = path,
                Name = Path.GetFileName(directory),
                ProcessId = holder,
                ProcessCount = holder is null ? 0 : 1,
                OwnerUserId = document.OwnerUserId,
            };
    }

    /// <summary>What is pinned in the directory of a set that has no document.</summary>
    private static List<LinuxNamespace> Pins(string directory)
    {
        List<LinuxNamespace> found = [];
        foreach (NamespaceType type in Enum.GetValues<NamespaceType>())
        {
            string pin = Path.Combine(directory, type.ProcName());
            if (NamespaceFile.Identify(pin) is { } id)
                found.Add(new LinuxNamespace { Type = type, Id = id, Path = pin, Name = Path.GetFileName(directory) });
        }
        return found;
    }
}
