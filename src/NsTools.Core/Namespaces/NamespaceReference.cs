using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;

namespace NsTools.Namespaces;

/// <summary>
/// Something that names namespaces: a process, a <see cref="NamespaceSet"/>, a <see cref="LinuxNamespace"/>, a name or a
/// path. It is looked up when it is opened, not before; what it then opens is verified to be what was meant.
/// </summary>
public abstract class NamespaceReference
{
    private protected NamespaceReference(string displayName) => DisplayName = displayName;

    /// <summary>What to call it in messages: <c>buda</c>, <c>process 123</c>, <c>/run/netns/blue</c>.</summary>
    public string DisplayName { get; }

    /// <summary>A word that <see cref="FromText"/> takes for the same thing: what objects that live in a namespace carry along.</summary>
    public virtual string Text => DisplayName;

    /// <summary>Opens the namespace of one kind.</summary>
    /// <param name="type">The kind.</param>
    /// <returns>A descriptor for <c>setns(2)</c>; the caller closes it.</returns>
    /// <exception cref="NsToolsException">
    /// There is no such process, name or path (<c>ProcessNotFound</c>, <c>NamespaceNotFound</c>); the process has ended
    /// (<c>ProcessEnded</c>, <c>NamespaceSetDead</c>); the path is no namespace (<c>NotANamespace</c>); a single namespace
    /// is meant, of another kind (<c>NamespaceTypeMismatch</c>); the caller may not (<c>NamespaceAccessDenied</c>).
    /// </exception>
    /// <exception cref="SyscallException">The path cannot be opened.</exception>
    public SafeFileHandle Open(NamespaceType type) => Open([type])[0];

    /// <summary>Opens several kinds, all of the same process or set even when it ends meanwhile.</summary>
    /// <param name="types">The kinds.</param>
    /// <returns>Descriptors in the order of <paramref name="types"/>; the caller closes them.</returns>
    /// <inheritdoc cref="Open(NamespaceType)" path="/exception"/>
    public abstract IReadOnlyList<SafeFileHandle> Open(IReadOnlyList<NamespaceType> types);

    /// <summary>
    /// The kinds that it names of its own: all eight for a process, those that are its own for a set (it has the others
    /// too, but shares them with whoever made it), one for a single namespace.
    /// </summary>
    /// <inheritdoc cref="Open(NamespaceType)" path="/exception"/>
    public abstract IReadOnlyList<NamespaceType> GetTypes();

    /// <summary>The kinds that can be opened: all that the kernel has for a process or a set, one for a single namespace.</summary>
    /// <inheritdoc cref="Open(NamespaceType)" path="/exception"/>
    public virtual IReadOnlyList<NamespaceType> GetOpenableTypes() => GetTypes();

    /// <summary>What stands behind the namespaces; nothing for a single one.</summary>
    /// <inheritdoc cref="Open(NamespaceType)" path="/exception"/>
    internal virtual NamespaceContext GetContext() => default;

    /// <summary>The identity (nsfs inode) of the namespace of one kind.</summary>
    /// <param name="type">The kind.</param>
    /// <inheritdoc cref="Open(NamespaceType)" path="/exception"/>
    public long GetId(NamespaceType type)
    {
        using SafeFileHandle descriptor = Open(type);
        return NamespaceDescriptor.GetId(descriptor);
    }

    /// <summary>The namespaces of a process.</summary>
    /// <param name="processId">Its ID.</param>
    public static NamespaceReference FromProcess(int processId) => new ProcessNamespaceReference(processId);

    /// <summary>The namespaces of a set: its own ones, and of the other kinds those that its holder is in.</summary>
    /// <param name="set">The set.</param>
    public static NamespaceReference FromSet(NamespaceSet set) => new SetNamespaceReference(set);

    /// <summary>One namespace.</summary>
    /// <param name="linuxNamespace">The namespace.</param>
    public static NamespaceReference FromNamespace(LinuxNamespace linuxNamespace) => new FileNamespaceReference(linuxNamespace);

    /// <summary>The namespace that a file of nsfs is.</summary>
    /// <param name="path">An absolute path: a bind mount of a namespace, <c>/proc/PID/ns/net</c>.</param>
    public static NamespaceReference FromPath(string path) => new FileNamespaceReference(path);

    /// <summary>The set of this name or, when there is none, the network namespace of this name under <c>/run/netns</c>.</summary>
    /// <param name="name">The name.</param>
    public static NamespaceReference FromName(string name) => new NamedNamespaceReference(name);

    /// <summary>What a user's word means: digits are a process ID, a word with a slash is a path, everything else a name.</summary>
    /// <param name="text">The word.</param>
    /// <exception cref="NsToolsException">The word is empty, or a number that cannot be a process ID (<c>InvalidNamespace</c>).</exception>
    public static NamespaceReference FromText(string text)
    {
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            return int.TryParse(text, out int processId) && processId > 0
                ? FromProcess(processId)
                : throw Invalid(text, "it is a number, but no process ID");
        }
        if (string.IsNullOrWhiteSpace(text))
            throw Invalid(text, "it is empty");
        return text.Contains('/') ? FromPath(text) : FromName(text);
    }

    /// <inheritdoc/>
    public override string ToString() => DisplayName;

    /// <summary>
    /// Opens the process that is meant; null where a namespace is meant and no process. Its view of mounts (its root
    /// directory) and its <c>/proc</c> files, which need fewer privileges than joining, are then to be had.
    /// </summary>
    /// <inheritdoc cref="Open(NamespaceType)" path="/exception"/>
    internal virtual ProcDirectory? OpenProcess() => null;

    internal static NsToolsException NotFound(string name) => new(
        FailureKind.NotFound,
        "NamespaceNotFound",
        $"There is no namespace set named '{name}', and no network namespace of that name under {NetworkNames.Location}.",
        "Get-Namespace -Name * shows the names that there are; a process is named by its ID, a file by its path.");

    private protected static NsToolsException Mismatch(string displayName, NamespaceType present, NamespaceType wanted) => new(
        FailureKind.InvalidArgument,
        "NamespaceTypeMismatch",
        $"'{displayName}' is a {present} namespace; a {wanted} namespace is needed here.",
        $"Name a {wanted} namespace, or a process or a namespace set, which have one of each kind.");

    private static NsToolsException Invalid(string text, string why) => new(
        FailureKind.InvalidArgument,
        "InvalidNamespace",
        $"'{text}' names no namespace: {why}.",
        "Give a process ID, the name of a namespace set, a name under /run/netns, or the path of a namespace file.");
}
