using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Syscalls;

namespace NsTools.Namespaces;

/// <summary>A name claimed in the <see cref="NamespaceStore"/>; unless it is kept, disposing it undoes all.</summary>
internal sealed class NamespaceClaim(NamespaceStore store, string name, string directory, SafeFileHandle entryLock) : IDisposable
{
    private bool _isKept;

    /// <summary>Writes the set down and pins its namespaces.</summary>
    /// <param name="document">What to write; its holder is alive, or there is none and the calling thread is in the namespaces.</param>
    /// <param name="cancellation">Ends waiting for other processes' locks.</param>
    /// <exception cref="NsToolsException">The name is taken under <c>/run/netns</c> (<c>NetworkNamespaceExists</c>).</exception>
    /// <exception cref="SyscallException">A mount failed.</exception>
    public void Record(NamespaceSetDocument document, CancellationToken cancellation)
    {
        // Written before anything is mounted: after a crash it tells what to look for outside this directory.
        AtomicFile.Write(Path.Combine(directory, NamespaceSetDocument.FileName), document.ToBytes());
        if (!PinRights.CanPin)
            return;
        string process = document.Holder is { } holder ? string.Create(CultureInfo.InvariantCulture, $"/proc/{holder.ProcessId}") : "/proc/thread-self";
        foreach (NamespaceType type in document.Namespaces.Keys)
        {
            string pin = Path.Combine(directory, type.ProcName());
            File.OpenHandle(pin, FileMode.CreateNew, FileAccess.Write).Dispose();
            NamespaceFile.Pin($"{process}/ns/{type.ProcName()}", pin);
        }
        if (document.HasNetworkName)
            NetworkNamespaceDirectory.Add(name, Path.Combine(directory, NamespaceType.Network.ProcName()), cancellation);
    }

    /// <summary>The set stays.</summary>
    /// <returns>The set as it is now.</returns>
    public NamespaceSet Keep()
    {
        _isKept = true;
        return store.Get(name);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            if (!_isKept)
                store.Erase(name, directory);
        }
        finally
        {
            entryLock.Dispose();
        }
    }
}
