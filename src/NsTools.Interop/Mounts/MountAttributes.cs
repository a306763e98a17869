namespace NsTools.Interop.Mounts;

/// <summary>Attributes of one mount, <c>MOUNT_ATTR_*</c> (<c>mount_setattr(2)</c>, <c>linux/mount.h</c>).</summary>
[Flags]
public enum MountAttributes : ulong
{
    /// <summary>None; of the access time policies this is <c>relatime</c>.</summary>
    None = 0,

    /// <summary>Nothing can be written through the mount.</summary>
    ReadOnly = 0x1,

    /// <summary>Set-user-ID, set-group-ID bits and file capabilities are ignored.</summary>
    NoSetUserId = 0x2,

    /// <summary>Device files cannot be opened.</summary>
    NoDevices = 0x4,

    /// <summary>Programs cannot be executed.</summary>
    NoExecute = 0x8,

    /// <summary>Access times are not updated.</summary>
    NoAccessTime = 0x10,

    /// <summary>Access times are always updated.</summary>
    StrictAccessTime = 0x20,

    /// <summary>The mask of the access time policies: clear all of it before another one is set.</summary>
    AccessTimeMask = 0x70,

    /// <summary>Access times of directories are not updated.</summary>
    NoDirectoryAccessTime = 0x80,

    /// <summary>IDs are mapped through a user namespace; needs its descriptor.</summary>
    IdMapped = 0x100000,

    /// <summary>Symbolic links are not followed.</summary>
    NoSymbolicLinks = 0x200000,
}

/// <summary>Propagation types for <c>mount_setattr(2)</c> and <c>mount(2)</c>: the <c>MS_*</c> bits.</summary>
public enum PropagationType : ulong
{
    /// <summary>Leave as it is.</summary>
    Unchanged = 0,

    /// <summary><c>MS_UNBINDABLE</c>: private, and cannot be bind-mounted.</summary>
    Unbindable = 1 << 17,

    /// <summary><c>MS_PRIVATE</c>: events neither arrive nor leave.</summary>
    Private = 1 << 18,

    /// <summary><c>MS_SLAVE</c>: events arrive and do not leave.</summary>
    Slave = 1 << 19,

    /// <summary><c>MS_SHARED</c>: events arrive and leave.</summary>
    Shared = 1 << 20,
}

/// <summary>A change of mounts' attributes: what <c>struct mount_attr</c> carries.</summary>
/// <param name="Set">Attributes to switch on.</param>
/// <param name="Clear">Attributes to switch off first.</param>
/// <param name="Propagation">A new propagation type.</param>
public readonly record struct MountAttributeChange(
    MountAttributes Set,
    MountAttributes Clear = MountAttributes.None,
    PropagationType Propagation = PropagationType.Unchanged)
{
    /// <summary>True when nothing would change.</summary>
    public bool IsEmpty => Set == 0 && Clear == 0 && Propagation == 0;
}
