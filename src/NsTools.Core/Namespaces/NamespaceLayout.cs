using System.Globalization;
using NsTools.Commands;
using NsTools.Interop.Oci;
using NsTools.RootFileSystems;

namespace NsTools.Namespaces;

/// <summary>Makes the OCI config of new namespaces: which, their ID maps and clocks, and what is mounted inside.</summary>
internal static class NamespaceLayout
{
    private const uint TerminalGroup = 5;

    /// <summary>The kinds that the options come to, each once, in order.</summary>
    /// <exception cref="NsToolsException">An option has no namespace to apply to (<c>UserNamespaceMissing</c>).</exception>
    public static IReadOnlyList<NamespaceType> TypesOf(NewNamespaceOptions options)
    {
        IEnumerable<NamespaceType> types = options.Types;
        if (options.HostName is not null)
            types = types.Append(NamespaceType.Uts);
        if (options.BootTimeOffset is not null || options.MonotonicOffset is not null)
            types = types.Append(NamespaceType.Time);
        IReadOnlyList<NamespaceType> all = [.. types.Distinct().Order()];
        if ((options.MapRootUser || options.UidMaps.Count > 0 || options.GidMaps.Count > 0) && !all.Contains(NamespaceType.User))
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument,
                "UserNamespaceMissing",
                "IDs can be mapped in a new user namespace only, and none is to be made.",
                "Add User to -Type.");
        }
        return all;
    }

    /// <summary>The config, without a process.</summary>
    /// <exception cref="NsToolsException">The root is no directory, or a map is not of its form.</exception>
    public static RuntimeSpec Build(NewNamespaceOptions options)
    {
        IReadOnlyList<NamespaceType> types = TypesOf(options);
        bool hasUser = types.Contains(NamespaceType.User);
        string? root = options.Root is null ? null : RootPath.Require(options.Root);
        IReadOnlyList<IdMapping>? groups = hasUser ? IdMap.Build(options.GidMaps, options.MapRootUser, IdMap.CallerGroupId) : null;
        return new RuntimeSpec
        {
            Root = root is null ? null : new RootSpec { Path = root },
            Hostname = options.HostName,
            Mounts = types.Contains(NamespaceType.Mount) ? MountsOf(root, types.Contains(NamespaceType.Pid), HasTerminalGroup(groups)) : null,
            Linux = new LinuxSpec
            {
                Namespaces = [.. types.Select(t => new NamespaceSpec { Type = t.OciName() })],
                UidMappings = hasUser ? IdMap.Build(options.UidMaps, options.MapRootUser, IdMap.CallerUserId) : null,
                GidMappings = groups,
                TimeOffsets = OffsetsOf(options),
                // Mounts and unmounts of the host come in, so that nothing keeps a file system busy there that the
                // host has unmounted; nothing goes out.
                RootfsPropagation = types.Contains(NamespaceType.Mount) ? "rslave" : null,
            },
        };
    }

    /// <summary>The words of the equivalent <c>unshare(1)</c>.</summary>
    /// <param name="options">The options.</param>
    public static IEnumerable<string> Words(NewNamespaceOptions options)
    {
        IReadOnlyList<NamespaceType> types = TypesOf(options);
        List<string> words = ["unshare"];
        if (types.Contains(NamespaceType.Pid))
            words.Add("--fork");
        words.AddRange(types.Select(t => t.UnshareOption()));
        if (types.Contains(NamespaceType.Pid) && types.Contains(NamespaceType.Mount))
            words.Add("--mount-proc");
        if (options.MapRootUser)
            words.Add("--map-root-user");
        words.AddRange(options.UidMaps.Select(m => $"--map-users={m}"));
        words.AddRange(options.GidMaps.Select(m => $"--map-groups={m}"));
        if (options.BootTimeOffset is { } boot)
            words.Add(string.Create(CultureInfo.InvariantCulture, $"--boottime={(long)boot.TotalSeconds}"));
        if (options.MonotonicOffset is { } monotonic)
            words.Add(string.Create(CultureInfo.InvariantCulture, $"--monotonic={(long)monotonic.TotalSeconds}"));
        if (options.Root is not null)
            words.Add($"--root={options.Root}");
        return words;
    }

    /// <summary>The <c>/proc</c> of a PID namespace.</summary>
    internal static MountSpec ProcessFileSystem { get; } =
        new() { Destination = "/proc", Type = "proc", Source = "proc", Options = ["nosuid", "noexec", "nodev"] };

    private static List<MountSpec> MountsOf(string? root, bool hasPid, bool hasTerminalGroup)
    {
        List<MountSpec> mounts = [];
        if (root is not null)
            mounts.AddRange(RootFileSystemMounts.For(root));
        if (hasPid)
            mounts.Add(ProcessFileSystem);
        if (root is not null)
            mounts.AddRange(DevicesOf(hasTerminalGroup));
        return mounts;
    }

    /// <summary>A /dev of its own, which nsrun fills with the default devices (config-linux.md, "Default Devices"): shells and terminals need it.</summary>
    private static IEnumerable<MountSpec> DevicesOf(bool hasTerminalGroup) =>
    [
        new() { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "strictatime", "mode=755", "size=65536k"] },
        new()
        {
            Destination = "/dev/pts",
            Type = "devpts",
            Source = "devpts",
            Options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", .. hasTerminalGroup ? [$"gid={TerminalGroup}"] : Array.Empty<string>()],
        },
        new() { Destination = "/dev/shm", Type = "tmpfs", Source = "shm", Options = ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
    ];

    // A group that is not mapped cannot own a file.
    private static bool HasTerminalGroup(IReadOnlyList<IdMapping>? groups) =>
        groups is null || groups.Any(m => m.ContainerId <= TerminalGroup && TerminalGroup - m.ContainerId < m.Size);

    private static Dictionary<string, TimeOffset>? OffsetsOf(NewNamespaceOptions options)
    {
        Dictionary<string, TimeOffset> offsets = [];
        if (options.BootTimeOffset is { } boot)
            offsets["boottime"] = ToOffset(boot);
        if (options.MonotonicOffset is { } monotonic)
            offsets["monotonic"] = ToOffset(monotonic);
        return offsets.Count > 0 ? offsets : null;
    }

    private static TimeOffset ToOffset(TimeSpan span)
    {
        // The nanoseconds count upward also from negative seconds (time_namespaces(7)).
        long seconds = (long)Math.Floor(span.TotalSeconds);
        return new TimeOffset { Secs = seconds, Nanosecs = (uint)((span - TimeSpan.FromSeconds(seconds)).Ticks * 100) };
    }
}
