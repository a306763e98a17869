namespace NsTools.Namespaces;

/// <summary>The names that others have for a <see cref="NamespaceType"/>.</summary>
internal static class NamespaceTypeNames
{
    /// <summary>The file's name under <c>/proc/PID/ns</c> (<c>namespaces(7)</c>).</summary>
    public static string ProcName(this NamespaceType type) => type switch
    {
        NamespaceType.Mount => "mnt",
        NamespaceType.Network => "net",
        NamespaceType.Cgroup => "cgroup",
        NamespaceType.Ipc => "ipc",
        NamespaceType.Pid => "pid",
        NamespaceType.Time => "time",
        NamespaceType.User => "user",
        NamespaceType.Uts => "uts",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No such namespace type."),
    };

    /// <summary>The type's name in an OCI config (config-linux.md, "Namespaces").</summary>
    public static string OciName(this NamespaceType type) => type switch
    {
        NamespaceType.Mount => "mount",
        NamespaceType.Network => "network",
        _ => type.ProcName(),
    };

    /// <summary>The option of <c>unshare(1)</c> and <c>nsenter(1)</c> for it.</summary>
    public static string UnshareOption(this NamespaceType type) => type switch
    {
        NamespaceType.Network => "--net",
        _ => $"--{type.OciName()}",
    };

    /// <summary>The type that a <c>CLONE_NEW…</c> flag stands for (<c>clone(2)</c>, NS_GET_NSTYPE).</summary>
    /// <param name="flag">The flag.</param>
    /// <returns>The type; null for one that this version does not know.</returns>
    public static NamespaceType? FromCloneFlag(int flag) => flag switch
    {
        0x00000080 => NamespaceType.Time,
        0x00020000 => NamespaceType.Mount,
        0x02000000 => NamespaceType.Cgroup,
        0x04000000 => NamespaceType.Uts,
        0x08000000 => NamespaceType.Ipc,
        0x10000000 => NamespaceType.User,
        0x20000000 => NamespaceType.Pid,
        0x40000000 => NamespaceType.Network,
        _ => null,
    };
}
