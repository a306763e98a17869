using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Mounts;

/// <summary>A place inside a root to mount on or to unmount, and what had to be made for it.</summary>
public sealed class MountTarget : IDisposable
{
    // Innermost last.
    private readonly List<(SafeFileHandle Parent, string Name, bool IsDirectory)> _created;

    internal MountTarget(
        SafeFileHandle handle,
        SafeFileHandle? parent,
        string name,
        List<(SafeFileHandle Parent, string Name, bool IsDirectory)> created) =>
        (Handle, Parent, Name, _created) = (handle, parent, name, created);

    private bool _isTaken;

    /// <summary>An <c>O_PATH</c> descriptor of the place. While it is open a mount there is busy.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>An <c>O_PATH</c> descriptor of the directory that it is in; null when it is the root itself.</summary>
    public SafeFileHandle? Parent { get; }

    /// <summary>Its name in <see cref="Parent"/>, no symbolic link when it was opened; <c>/</c> for the root itself.</summary>
    public string Name { get; }

    /// <summary>True when it, or a directory on the way to it, was missing and has been made.</summary>
    public bool IsCreated => _created.Count > 0;

    /// <summary>Hands <see cref="Handle"/> over: it stays open when this is disposed.</summary>
    public SafeFileHandle TakeHandle()
    {
        _isTaken = true;
        return Handle;
    }

    /// <summary>Removes what was made, innermost first, up to the first that has got content since.</summary>
    public void RemoveCreated() => Remove(_created);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isTaken)
            Handle.Dispose();
        Parent?.Dispose();
        foreach ((SafeFileHandle parent, _, _) in _created)
            parent.Dispose();
    }

    internal static unsafe void Remove(List<(SafeFileHandle Parent, string Name, bool IsDirectory)> created)
    {
        for (int i = created.Count - 1; i >= 0; i--)
        {
            (SafeFileHandle parent, string name, bool isDirectory) = created[i];
            fixed (byte* bytes = PathBytes.Of(name))
            {
                if (unlinkat(Descriptor.Number(parent), bytes, isDirectory ? AT_REMOVEDIR : 0) < 0)
                    return;
            }
        }
    }
}
