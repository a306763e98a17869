using System.Globalization;
using NsTools.Commands;
using NsTools.Containers.Isolation;
using NsTools.Containers.Networks;
using NsTools.Containers.Volumes;
using NsTools.Images.Layers;
using NsTools.Interop.Cgroups;
using NsTools.Interop.Oci;
using NsTools.Namespaces;
using NsTools.RootFileSystems;

namespace NsTools.Containers;

/// <summary>Makes the OCI config of a container from what its image says and what was asked for.</summary>
/// <param name="document">What the container is.</param>
/// <param name="options">What was asked for.</param>
/// <param name="image">What the image says; empty for a root file system.</param>
/// <param name="bundle">Path of its directory.</param>
/// <param name="volumes">Where its volumes are.</param>
internal sealed class ContainerSpecBuilder(ContainerDocument document, ContainerOptions options, ImageRunConfig image, string bundle, VolumeStore volumes)
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const uint UsualMask = 0b000_010_010;
    /// <summary>Length of the period in which a quota of processor time counts, in microseconds.</summary>
    internal const ulong CpuPeriod = 100_000;

    /// <summary>The directory of the bundle on which an image's layers are mounted, inside the container alone.</summary>
    public const string MountPlace = "rootfs";

    /// <summary>Path of a container's cgroup.</summary>
    /// <param name="id">The container.</param>
    public static string CgroupOf(string id) => $"/nstools-{id}";

    /// <summary>The program and its arguments.</summary>
    /// <exception cref="NsToolsException">There is none (<c>NoCommand</c>), or a text has a NUL character (<c>InvalidArgumentText</c>).</exception>
    public static IReadOnlyList<string> CommandOf(ContainerOptions options, ImageRunConfig image, string name)
    {
        IReadOnlyList<string> entrypoint = options.Entrypoint ?? image.Entrypoint ?? [];
        // The image's arguments are for the image's program.
        IReadOnlyList<string> arguments = options.Arguments.Count > 0 ? options.Arguments : options.Entrypoint is null ? image.Cmd ?? [] : [];
        string[] command = [.. entrypoint, .. arguments];
        if (command.Length == 0 || command[0].Length == 0)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "NoCommand", $"'{name}' says no program to run, and none was given.", "Give a program and its arguments.");
        }
        return Array.Find(command, word => word.Contains('\0', StringComparison.Ordinal)) is { } broken
            ? throw new NsToolsException(
                FailureKind.InvalidArgument, "InvalidArgumentText", $"'{broken.Replace("\0", "\\0", StringComparison.Ordinal)}' has a NUL character in it, which no program or argument can have.")
            : command;
    }

    /// <summary>The config.</summary>
    /// <param name="users">The users of its root.</param>
    /// <exception cref="NsToolsException">The user, a capability, a variable or a path is not as it must be.</exception>
    public RuntimeSpec Build(UserDatabase users)
    {
        UserAccount account = AccountOf(users);
        ContainerUsers? mapped = document.UserMap is { } map ? new ContainerUsers(map, map) : ContainerUsers.ForCaller();
        mapped?.Require(account.UserId, account.GroupId);
        DeviceSpec[] devices = [.. options.Devices.SelectMany(device => device.Read())];
        IReadOnlyList<string> bounding = ContainerCapabilities.Resolve(options.AddedCapabilities, options.DroppedCapabilities);
        bool hasOwnNetwork = document.Network != ContainerNetworkMode.Host;
        return new RuntimeSpec
        {
            Hostname = document.HostName,
            Root = new RootSpec { Path = document.Root ?? MountPlace, Readonly = options.IsReadOnly },
            Process = new ProcessSpec
            {
                Args = options.HasInit ? ContainerInit.Wrap(document.Command) : document.Command,
                Terminal = document.HasTerminal,
                Cwd = RequireAbsolute(options.WorkingDirectory ?? (string.IsNullOrEmpty(image.WorkingDir) ? "/" : image.WorkingDir), "working directory"),
                Env = Environment(account),
                User = new UserSpec { Uid = account.UserId, Gid = account.GroupId, AdditionalGids = mapped is { HasOthers: false } ? [] : account.Groups, Umask = UsualMask },
                NoNewPrivileges = !options.AllowsNewPrivileges,
                Capabilities = ContainerCapabilities.For(bounding, options.AddedCapabilities, account.UserId == 0),
                // Only root makes a process less likely to be killed than its caller is (proc_pid_oom_score_adj(5)).
                OomScoreAdj = LayerPrivileges.IsHostRoot ? 0 : null,
                Rlimits = options.ResourceLimits.Count > 0 ? options.ResourceLimits : null,
            },
            Mounts = [.. Mounts()],
            Linux = new LinuxSpec
            {
                Namespaces = [.. Namespaces(hasOwnNetwork, mapped is not null, options.SharesHost).Select(type => new NamespaceSpec { Type = type.OciName() })],
                UidMappings = mapped?.Uid,
                GidMappings = mapped?.Gid,
                CgroupsPath = LayerPrivileges.IsHostRoot && !options.SharesHost ? CgroupOf(document.Id) : null,
                Devices = devices.Length > 0 ? devices : null,
                Resources = options.SharesHost ? null : Resources(),
                Seccomp = options.HasNoSystemCallFilter ? null : DefaultSeccompFilter.For(bounding),
                MaskedPaths = ContainerMounts.MaskedPaths,
                ReadonlyPaths = ContainerMounts.ReadonlyPaths,
                // As Podman has it: whoever is in the container may ping from there.
                Sysctl = document.Network == ContainerNetworkMode.None || (document.Network == ContainerNetworkMode.Bridge && document.UserMap is null) || HelperNetwork.Is(document.Network) ? new Dictionary<string, string> { ["net.ipv4.ping_group_range"] = "0 0" } : null,
                RootfsPropagation = "rprivate",
            },
            Annotations = new Dictionary<string, string> { ["io.nstools.name"] = document.Name },
        };
    }

    /// <summary>The user that its program runs as.</summary>
    /// <param name="users">The users of its root.</param>
    /// <exception cref="NsToolsException">There is no such user.</exception>
    public UserAccount AccountOf(UserDatabase users) => users.Resolve(options.User ?? (string.IsNullOrEmpty(image.User) ? "0" : image.User));

    private static NamespaceType[] Namespaces(bool hasOwnNetwork, bool hasOwnUsers, bool sharesHost)
    {
        NamespaceType[] types = [NamespaceType.Pid, NamespaceType.Mount, NamespaceType.Uts];
        if (!sharesHost)
            types = [.. types, NamespaceType.Ipc, NamespaceType.Cgroup];
        if (hasOwnNetwork)
            types = [.. types, NamespaceType.Network];
        return hasOwnUsers ? [.. types, NamespaceType.User] : types;
    }

    private IEnumerable<MountSpec> Mounts()
    {
        List<MountSpec> mounts = [];
        if (document.Root is { } root)
            mounts.AddRange(RootFileSystemMounts.For(root));
        else
            mounts.Add(ContainerMounts.Overlay(document.Layers, Path.Join(bundle, "upper"), Path.Join(bundle, "work")) with { UidMappings = document.UserMap, GidMappings = document.UserMap });
        mounts.AddRange(ContainerMounts.System(bundle, options.SharedMemory, options.IsReadOnly, options.SharesHost));
        if (options.HasInit)
            mounts.Add(ContainerInit.Mount());
        if (options.IsReadOnly)
            mounts.AddRange(((string[])["/run", "/tmp", "/var/tmp"]).Select(path => ContainerMounts.Temporary(path, ["mode=1777"])));
        foreach (ContainerMount mount in document.Mounts)
        {
            RequireAbsolute(mount.Destination, "mount's place inside");
            MountSpec made = ContainerMounts.Of(mount, volumes);
            // A volume is the container's own: on disk its owners are as they are inside.
            mounts.Add(mount.Type == ContainerMountType.Volume && document.UserMap is not null ? made with { UidMappings = document.UserMap, GidMappings = document.UserMap } : made);
        }
        // What was asked for goes in place of the usual.
        return mounts.GroupBy(mount => mount.Destination.TrimEnd('/')).Select(group => group.Last());
    }

    private List<string> Environment(UserAccount account)
    {
        Dictionary<string, string?> variables = new()
        {
            ["PATH"] = DefaultPath,
            ["TERM"] = "xterm",
            // https://systemd.io/CONTAINER_INTERFACE: how a program finds out that it is in a container.
            ["container"] = "nstools",
            ["HOSTNAME"] = document.HostName,
            ["HOME"] = account.Home,
        };
        foreach (string variable in image.Env ?? [])
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                variables[variable[..equals]] = variable[(equals + 1)..];
        }
        foreach ((string name, string? value) in options.Environment)
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
            {
                throw new NsToolsException(
                    FailureKind.InvalidArgument, "InvalidEnvironmentVariable", $"'{name}' cannot be an environment variable.", "A name is not empty and has no '=' in it.");
            }
            variables[name] = value;
        }
        return variables.FirstOrDefault(v => v.Key.Contains('\0', StringComparison.Ordinal) || v.Value?.Contains('\0', StringComparison.Ordinal) == true).Key is { } broken
            ? throw new NsToolsException(FailureKind.InvalidArgument, "InvalidEnvironmentVariable", $"The variable '{broken.Replace("\0", "\\0", StringComparison.Ordinal)}' has a NUL character in it.")
            : [.. variables.Where(v => v.Value is not null).Select(v => $"{v.Key}={v.Value}")];
    }

    private ResourcesSpec Resources() => new()
    {
        // nsrun lets the default devices through after that (config-linux.md, "Default Devices").
        Devices = [new DeviceRuleSpec { Allow = false, Access = "rwm" }, .. options.Devices.SelectMany(device => device.Rules())],
        // Memory and swap together: without that what is over the limit would be swapped out instead.
        Memory = options.Memory is { } memory and not ControlFile.Unlimited ? new MemoryResourcesSpec { Limit = memory, Swap = memory } : null,
        Cpu = options.Cpu is { } cores && double.IsFinite(cores) ? new CpuResourcesSpec { Period = CpuPeriod, Quota = (long)(cores * CpuPeriod) } : null,
        // Not asked for, it is not worth failing where the caller may make no cgroup.
        Pids = options.PidsLimit > 0 && (LayerPrivileges.IsHostRoot || options.PidsLimit != new ContainerOptions().PidsLimit) ? new PidsResourcesSpec { Limit = options.PidsLimit } : null,
    };

    private static string RequireAbsolute(string path, string what) => path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal)
        ? path
        : throw new NsToolsException(
            FailureKind.InvalidArgument,
            "PathNotAbsolute",
            string.Create(CultureInfo.InvariantCulture, $"The {what} '{path.Replace("\0", "\\0", StringComparison.Ordinal)}' is not absolute."),
            "It is a path inside the container, beginning with '/'.");
}
