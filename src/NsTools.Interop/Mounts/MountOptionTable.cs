namespace NsTools.Interop.Mounts;

/// <summary>The options that every mount knows (<c>mount(8)</c>, "FILESYSTEM-INDEPENDENT MOUNT OPTIONS"; OCI config.md).</summary>
internal static class MountOptionTable
{
    private const MountAttributes AccessTime = MountAttributes.AccessTimeMask;

    /// <summary>What an option does to a mount's attributes; null when it is about something else.</summary>
    /// <param name="option">The option, <c>r</c> before it for the recursive form.</param>
    public static (MountAttributes Set, MountAttributes Clear, bool Recursive)? FindAttribute(string option)
    {
        if (Attribute(option) is { } plain)
            return (plain.Set, plain.Clear, false);
        // "relatime" and "ro" are options in themselves; the recursive ones are "rrelatime" and "rro".
        return option.StartsWith('r') && Attribute(option[1..]) is { } recursive
            ? (recursive.Set, recursive.Clear, true)
            : null;
    }

    /// <summary>The propagation that an option names; null when it is about something else.</summary>
    /// <param name="option">The option, <c>r</c> before it for the recursive form.</param>
    public static (PropagationType Type, bool Recursive)? FindPropagation(string option) => option switch
    {
        "private" => (PropagationType.Private, false),
        "rprivate" => (PropagationType.Private, true),
        "shared" => (PropagationType.Shared, false),
        "rshared" => (PropagationType.Shared, true),
        "slave" => (PropagationType.Slave, false),
        "rslave" => (PropagationType.Slave, true),
        "unbindable" => (PropagationType.Unbindable, false),
        "runbindable" => (PropagationType.Unbindable, true),
        _ => null,
    };

    /// <summary>True for options that are for programs which read them, never for the kernel (<c>mount(8)</c>, <c>fstab(5)</c>).</summary>
    /// <param name="option">The option.</param>
    public static bool IsForUserSpace(string option) =>
        option is "defaults" or "silent" or "loud" or "iversion" or "noiversion"
            or "auto" or "noauto" or "user" or "nouser" or "users" or "owner" or "group" or "nofail" or "_netdev"
        || option.StartsWith("x-", StringComparison.Ordinal)
        || option.StartsWith("X-", StringComparison.Ordinal)
        || option.StartsWith("comment=", StringComparison.Ordinal);

    private static (MountAttributes Set, MountAttributes Clear)? Attribute(string option) => option switch
    {
        "ro" => (MountAttributes.ReadOnly, 0),
        "rw" => (0, MountAttributes.ReadOnly),
        "nosuid" => (MountAttributes.NoSetUserId, 0),
        "suid" => (0, MountAttributes.NoSetUserId),
        "nodev" => (MountAttributes.NoDevices, 0),
        "dev" => (0, MountAttributes.NoDevices),
        "noexec" => (MountAttributes.NoExecute, 0),
        "exec" => (0, MountAttributes.NoExecute),
        "nosymfollow" => (MountAttributes.NoSymbolicLinks, 0),
        "symfollow" => (0, MountAttributes.NoSymbolicLinks),
        "nodiratime" => (MountAttributes.NoDirectoryAccessTime, 0),
        "diratime" => (0, MountAttributes.NoDirectoryAccessTime),
        // The access time policies are one field: another one can be set only where the whole field is cleared
        // (mount_setattr(2)). relatime is its zero, and what the kernel uses where none is named.
        "noatime" => (MountAttributes.NoAccessTime, AccessTime),
        "strictatime" => (MountAttributes.StrictAccessTime, AccessTime),
        "relatime" or "atime" or "nostrictatime" or "norelatime" => (0, AccessTime),
        _ => null,
    };
}
