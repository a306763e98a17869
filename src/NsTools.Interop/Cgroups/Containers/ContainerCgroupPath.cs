using NsTools.Interop.Oci;

namespace NsTools.Interop.Cgroups.Containers;

/// <summary>Where a container's cgroup is to be: <c>linux.cgroupsPath</c> (config-linux.md, "Cgroups Path") as its manager reads it.</summary>
public sealed record ContainerCgroupPath
{
    private const string Member = "$.linux.cgroupsPath";
    private const int NameLength = 255; // NAME_MAX

    private ContainerCgroupPath()
    {
    }

    /// <summary>Who makes it.</summary>
    public required CgroupManager Manager { get; init; }

    /// <summary>
    /// With <see cref="CgroupManager.CgroupFs"/> the path in normal form, without a slash at its end: <c>/a/b</c> from the root of the
    /// hierarchies, or <c>a/b</c> from the caller's own cgroup. Empty for the other managers.
    /// </summary>
    public string Path { get; private init; } = "";

    /// <summary>With <see cref="CgroupManager.Systemd"/> the slice that the scope is in, <c>machine.slice</c>; null for systemd's own choice.</summary>
    public string? Slice { get; private init; }

    /// <summary>With <see cref="CgroupManager.Systemd"/> the scope's name, <c>libpod-1234.scope</c>; empty for the other managers.</summary>
    public string Unit { get; private init; } = "";

    /// <summary>Reads <c>linux.cgroupsPath</c>.</summary>
    /// <param name="cgroupsPath">
    /// A path for cgroupfs: absolute from the root of the hierarchies; relative the same for root, and for others from the
    /// caller's own cgroup, the only one that may have been delegated to them. <c>slice:prefix:name</c> for systemd. Null
    /// for a path of the runtime's choice.
    /// </param>
    /// <param name="manager">Who makes it.</param>
    /// <param name="id">The container's ID.</param>
    /// <param name="isRoot">Whether the caller is root on the host.</param>
    /// <exception cref="RuntimeSpecException">It is not of the manager's form, or leads out of the hierarchy.</exception>
    public static ContainerCgroupPath Parse(string? cgroupsPath, CgroupManager manager, string id, bool isRoot) => manager switch
    {
        CgroupManager.Disabled => new ContainerCgroupPath { Manager = manager },
        CgroupManager.Systemd => ParseScope(cgroupsPath, id),
        _ => ParsePath(string.IsNullOrEmpty(cgroupsPath) ? id : cgroupsPath, isRoot),
    };

    private static ContainerCgroupPath ParsePath(string path, bool isRoot)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (string part in parts)
        {
            if (part is "..")
                throw new RuntimeSpecException(Member, $"'{path}' has a '..', which could lead out of the cgroup hierarchy");
            if (part.Length > NameLength || part.AsSpan().ContainsAnyInRange('\0', '\x1f'))
                throw new RuntimeSpecException(Member, "it has a name in it that is too long for a cgroup, or a control character");
        }
        string normal = string.Join('/', parts.Where(part => part is not "."));
        if (normal.Length == 0)
            throw new RuntimeSpecException(Member, $"'{path}' is the root of the hierarchy; a container needs a cgroup of its own");
        return new ContainerCgroupPath { Manager = CgroupManager.CgroupFs, Path = path[0] == '/' || isRoot ? "/" + normal : normal };
    }

    private static ContainerCgroupPath ParseScope(string? text, string id)
    {
        string[] parts = string.IsNullOrEmpty(text) ? ["", "nsrun", id] : text.Split(':');
        if (parts.Length != 3 || parts[2].Length == 0)
            throw new RuntimeSpecException(Member, $"'{text}' is not of the form slice:prefix:name, which the systemd manager needs");
        string name = parts[1].Length == 0 ? parts[2] : $"{parts[1]}-{parts[2]}";
        string unit = name.EndsWith(".slice", StringComparison.Ordinal) || name.EndsWith(".scope", StringComparison.Ordinal) ? name : name + ".scope";
        foreach (string part in (string[])[parts[0], unit])
        {
            // unit_name_is_valid() of systemd's src/basic/unit-name.c: letters, digits and these.
            if (part.Length > NameLength || part.Any(letter => !char.IsAsciiLetterOrDigit(letter) && !":-_.\\@".Contains(letter)))
                throw new RuntimeSpecException(Member, $"'{part}' is no name of a systemd unit");
        }
        if (parts[0].Length > 0 && !parts[0].EndsWith(".slice", StringComparison.Ordinal))
            throw new RuntimeSpecException(Member, $"'{parts[0]}' is no slice: its name does not end with '.slice'");
        return new ContainerCgroupPath { Manager = CgroupManager.Systemd, Slice = parts[0].Length == 0 ? null : parts[0], Unit = unit };
    }
}
