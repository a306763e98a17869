using System.Globalization;
using System.Text.RegularExpressions;

namespace NsTools.Containers.Volumes;

/// <summary>Reads mounts in the words of <c>podman-run(1)</c>: <c>--mount</c>, <c>--volume</c> and <c>--tmpfs</c>.</summary>
public static partial class MountText
{
    private static readonly string[] s_propagations = ["shared", "rshared", "slave", "rslave", "private", "rprivate", "unbindable", "runbindable"];
    private static readonly string[] s_flags = ["exec", "noexec", "suid", "nosuid", "dev", "nodev", "bind", "rbind", "noatime", "relatime", "nodiratime", "strictatime"];

    /// <summary>True for what names a volume; a path of the host begins with <c>/</c>, <c>.</c> or <c>~</c>.</summary>
    public static bool IsVolumeName(string source) => VolumeName().IsMatch(source);

    /// <summary>Reads <c>[SOURCE:]DESTINATION[:OPTIONS]</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="toPath">Makes a path of the host absolute.</param>
    /// <exception cref="NsToolsException">It is not of that form (<c>InvalidVolume</c>).</exception>
    public static ContainerMount ParseVolume(string text, Func<string, string> toPath)
    {
        string[] parts = text.Split(':');
        if (parts.Length > 3 || parts.Any(part => part.Length == 0))
            throw Invalid("InvalidVolume", text, "volume", "Give SOURCE:DESTINATION, or SOURCE:DESTINATION:OPTIONS such as ro; the source is a path of the host, or the name of a volume.");
        if (parts.Length == 1)
            return new ContainerMount { Type = ContainerMountType.Volume, Destination = parts[0], IsAnonymous = true };
        bool isVolume = IsVolumeName(parts[0]);
        ContainerMount mount = new()
        {
            Type = isVolume ? ContainerMountType.Volume : ContainerMountType.Bind,
            Source = isVolume ? parts[0] : toPath(parts[0]),
            Destination = parts[1],
        };
        foreach (string option in parts.Length > 2 ? parts[2].Split(',') : [])
            mount = WithOption(mount, option) ?? throw Invalid("InvalidVolume", text, "volume", $"'{option}' is none of its options: ro, rw, U, nocopy, exec, suid, dev, private, slave, shared and the like.");
        return mount;
    }

    /// <summary>Reads <c>DESTINATION[:OPTIONS]</c>.</summary>
    /// <param name="text">The text.</param>
    public static ContainerMount ParseTmpFs(string text)
    {
        string[] parts = text.Split(':', 2);
        return new ContainerMount
        {
            Type = ContainerMountType.TmpFs,
            Destination = parts[0],
            Options = parts.Length > 1 ? parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries) : [],
        };
    }

    /// <summary>Reads <c>type=TYPE,source=SOURCE,target=DESTINATION,OPTION…</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="toPath">Makes a path of the host absolute.</param>
    /// <exception cref="NsToolsException">It is not of that form (<c>InvalidMount</c>).</exception>
    public static ContainerMount ParseMount(string text, Func<string, string> toPath)
    {
        List<(string Key, string? Value)> fields = [.. text.Split(',').Select(field => field.Split('=', 2)).Select(parts => (parts[0], parts.Length > 1 ? parts[1] : null))];
        // The type may come last, and what a source is depends on it.
        string kind = fields.LastOrDefault(field => field.Key == "type").Value ?? "volume";
        ContainerMountType type = kind switch
        {
            "bind" => ContainerMountType.Bind,
            "volume" => ContainerMountType.Volume,
            "tmpfs" => ContainerMountType.TmpFs,
            _ => throw Invalid("InvalidMount", text, "mount", $"Its type is '{kind}', and there are bind, volume and tmpfs."),
        };
        ContainerMount mount = new() { Type = type, Destination = "" };
        foreach ((string key, string? value) in fields)
        {
            mount = key switch
            {
                "type" => mount,
                "source" or "src" when value is { Length: > 0 } && type != ContainerMountType.TmpFs => mount with { Source = type == ContainerMountType.Bind ? toPath(value) : RequireVolumeName(value) },
                "target" or "dst" or "destination" when value is { Length: > 0 } => mount with { Destination = value },
                _ => WithField(mount, key, value) ?? throw Invalid("InvalidMount", text, "mount", $"'{key}{(value is null ? "" : "=" + value)}' is no part of a mount of type {kind}: type=bind,source=/here,target=/there,readonly is one."),
            };
        }
        if (mount.Destination.Length == 0)
            throw Invalid("InvalidMount", text, "mount", "It says no target: the path inside the container.");
        if (type == ContainerMountType.Bind && mount.Source is null)
            throw Invalid("InvalidMount", text, "mount", "It says no source: the path on the host.");
        return mount with { IsAnonymous = type == ContainerMountType.Volume && mount.Source is null };
    }

    /// <summary>The name, when it is one.</summary>
    /// <exception cref="NsToolsException">It is none (<c>InvalidVolumeName</c>).</exception>
    public static string RequireVolumeName(string name) => IsVolumeName(name)
        ? name
        : throw new NsToolsException(
            FailureKind.InvalidArgument, "InvalidVolumeName", $"'{name}' cannot be a volume's name.", "It begins with a letter or digit, and has letters, digits, '_', '.' and '-'.");

    private static ContainerMount? WithField(ContainerMount mount, string key, string? value) => key switch
    {
        "ro" or "readonly" or "rw" when value is null or "true" or "false" => mount with { IsReadOnly = (key != "rw") == (value != "false") },
        "bind-propagation" when mount.Type == ContainerMountType.Bind && s_propagations.Contains(value) => WithOption(mount, value!),
        "bind-nonrecursive" when mount.Type == ContainerMountType.Bind && value is null or "true" => WithOption(mount, "bind"),
        "tmpfs-size" or "size" when mount.Type == ContainerMountType.TmpFs => mount with { Options = [.. mount.Options, $"size={value}"] },
        "tmpfs-mode" or "mode" when mount.Type == ContainerMountType.TmpFs => mount with { Options = [.. mount.Options, $"mode={value}"] },
        "tmpcopyup" or "notmpcopyup" when mount.Type == ContainerMountType.TmpFs => mount with { CopiesUp = key == "tmpcopyup" },
        "relabel" when value is "shared" or "private" => WithOption(mount, value == "shared" ? "z" : "Z"),
        "chown" or "U" when value is null or "true" => WithOption(mount, "U"),
        "consistency" => mount,
        _ when value is null => WithOption(mount, key),
        _ => null,
    };

    private static ContainerMount? WithOption(ContainerMount mount, string option) => option switch
    {
        "ro" => mount with { IsReadOnly = true },
        "rw" => mount with { IsReadOnly = false },
        "U" when mount.Type != ContainerMountType.TmpFs => mount with { ChangesOwner = true },
        "copy" or "nocopy" when mount.Type == ContainerMountType.Volume => mount with { CopiesUp = option == "copy" },
        "z" or "Z" when mount.Type != ContainerMountType.TmpFs => RequireNoLabels(mount),
        _ when s_flags.Contains(option) || s_propagations.Contains(option) => mount with { Options = [.. mount.Options, option] },
        _ => null,
    };

    // As with Podman and Docker: nothing, where the host has no labels. Where it has, a mount that was not relabelled would
    // be refused to the container, and it is better said here.
    private static ContainerMount RequireNoLabels(ContainerMount mount) => Directory.Exists("/sys/fs/selinux/booleans")
        ? throw new NsToolsException(
            FailureKind.NotSupported, "LabelsNotSupported", $"This host has SELinux, and '{mount.Destination}' is to be labelled anew, which NsTools does not do.", "Label it with chcon -R -t container_file_t, and leave z and Z out.")
        : mount;

    private static NsToolsException Invalid(string id, string text, string what, string remedy) => new(
        FailureKind.InvalidArgument, id, string.Create(CultureInfo.InvariantCulture, $"'{text}' is no {what}."), remedy);

    [GeneratedRegex(@"\A[a-zA-Z0-9][a-zA-Z0-9_.-]*\z")]
    private static partial Regex VolumeName();
}
