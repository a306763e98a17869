using Microsoft.Win32.SafeHandles;

namespace NsTools.Namespaces;

/// <summary>A set that is taken for removal: nobody else can remove it meanwhile.</summary>
internal sealed class NamespaceRemoval(NamespaceStore store, string name, string directory, SafeFileHandle entryLock) : IDisposable
{
    /// <summary>The set's name.</summary>
    public string Name => name;

    /// <summary>What was written down of the set; null when a crash came before.</summary>
    public NamespaceSetDocument? Document { get; } = NamespaceSetDocument.Read(directory);

    /// <summary>Takes the set's pins, its entry under <c>/run/netns</c> and its directory away; its processes have ended.</summary>
    /// <exception cref="Interop.Syscalls.SyscallException">An unmount failed; what was not done can be tried again.</exception>
    public void Complete() => store.Erase(name, directory);

    /// <inheritdoc/>
    public void Dispose() => entryLock.Dispose();
}
