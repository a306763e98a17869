using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;

namespace NsTools.Namespaces;

/// <summary>What a name stands for at the moment of its use: a set, or an entry of <c>/run/netns</c>.</summary>
internal sealed class NamedNamespaceReference(string name) : NamespaceReference(name)
{
    /// <inheritdoc/>
    public override IReadOnlyList<NamespaceType> GetTypes() => Resolve().GetTypes();

    /// <inheritdoc/>
    public override IReadOnlyList<NamespaceType> GetOpenableTypes() => Resolve().GetOpenableTypes();

    /// <inheritdoc/>
    public override IReadOnlyList<SafeFileHandle> Open(IReadOnlyList<NamespaceType> types) => Resolve().Open(types);

    /// <inheritdoc/>
    internal override NamespaceContext GetContext() => Resolve().GetContext();

    /// <inheritdoc/>
    internal override ProcDirectory? OpenProcess() => Resolve().OpenProcess();

    private NamespaceReference Resolve() => NamespaceStore.Current.Find(DisplayName) is { } set
        ? FromSet(set)
        : NetworkNames.Find(DisplayName) is { } path ? FromPath(path) : throw NotFound(DisplayName);
}
