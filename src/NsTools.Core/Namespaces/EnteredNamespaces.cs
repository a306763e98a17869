using Microsoft.Win32.SafeHandles;
using NsTools.Cgroups;
using NsTools.Commands;
using NsTools.Interop.Mounts;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.RootFileSystems;
using Tmds.Linux;

namespace NsTools.Namespaces;

/// <summary>How a command enters existing namespaces: <c>nsenter(1)</c>.</summary>
public sealed record EnteredNamespaces : CommandPlace
{
    /// <summary>What to enter.</summary>
    public required NamespaceReference Target { get; init; }

    /// <summary>The kinds to enter; null for all that the target has of its own and that are not the caller's.</summary>
    public IReadOnlyList<NamespaceType>? Types { get; init; }

    /// <summary>
    /// Another root, a directory of the host. Unless <see cref="Types"/> names Mount, the command gets a mount namespace
    /// of its own for it, a copy of the caller's that receives mounts and sends none: what it mounts vanishes with it.
    /// Where it enters a PID namespace, that one's <c>/proc</c> is mounted there.
    /// </summary>
    public string? Root { get; init; }

    /// <inheritdoc/>
    internal override CommandPlan Plan(CommandRequest request)
    {
        IReadOnlyList<NamespaceType> wanted = WantedTypes();
        NamespaceContext context = Target.GetContext();
        List<SafeFileHandle> descriptors = [];
        try
        {
            List<NamespaceSpec> namespaces = [];
            Dictionary<NamespaceType, SafeFileHandle> joined = [];
            foreach ((NamespaceType type, SafeFileHandle descriptor) in wanted.Zip(Target.Open(wanted)))
            {
                // Entering the caller's own changes nothing, and for a user namespace is refused (setns(2)).
                if (NamespaceDescriptor.GetId(descriptor) == NamespaceFile.Identify($"/proc/self/ns/{type.ProcName()}"))
                {
                    descriptor.Dispose();
                    continue;
                }
                namespaces.Add(new NamespaceSpec { Type = type.OciName(), Path = LaunchRequest.DescriptorPath(descriptors.Count) });
                descriptors.Add(descriptor);
                joined[type] = descriptor;
            }
            bool entersMount = joined.ContainsKey(NamespaceType.Mount);
            string? root = Root is not null ? RootPath.Require(Root) : entersMount ? null : context.ChangedRoot;
            bool makesMount = Root is not null && !entersMount;
            if (makesMount)
                namespaces.Add(new NamespaceSpec { Type = NamespaceType.Mount.OciName() });
            UserAccount account = AccountOf(request, context, joined, root);
            return new CommandPlan(
                new RuntimeSpec
                {
                    Process = ProcessSpecBuilder.Build(request, account, keepsRoot: root is null && !entersMount),
                    Root = root is null ? null : new RootSpec { Path = root },
                    Mounts = makesMount ? MountsOf(root!, joined.ContainsKey(NamespaceType.Pid)) : null,
                    Linux = new LinuxSpec { Namespaces = namespaces, RootfsPropagation = makesMount ? "rslave" : null },
                },
                descriptors);
        }
        catch
        {
            descriptors.ForEach(d => d.Dispose());
            throw;
        }
    }

    /// <summary>A set is a whole: what is started in it is under the limits of its holder. Beside a process, as <c>nsenter</c> does, under one's own.</summary>
    private protected override IReadOnlyList<SafeFileHandle> UsualCgroups() =>
        Target is not ProcessNamespaceReference && Target.GetContext().ProcessId is > 0 and var holder ? CgroupPlacement.OpenOf(holder) : [];

    /// <inheritdoc/>
    private protected override IEnumerable<string> Words(string? user)
    {
        List<string> words = [];
        if (Root is not null && Types?.Contains(NamespaceType.Mount) != true)
            words.AddRange(["unshare", "--mount", "--propagation", "slave"]);
        words.AddRange(["nsenter", "--target", Target.DisplayName]);
        words.AddRange(Types is null ? ["--all"] : Types.Select(t => t.UnshareOption()));
        if (Root is not null)
            words.AddRange(["chroot", Root]);
        return user is null ? words : words.Append(Root is null ? $"--setuid={user}" : $"--userspec={user}");
    }

    // In a user namespace nobody could mount procfs later: the kernel wants one that is visible whole already, and
    // pivot_root(2) has taken the caller's away (mount_namespaces(7)).
    private static IReadOnlyList<MountSpec> MountsOf(string root, bool entersPid) =>
        entersPid ? [.. RootFileSystemMounts.For(root), NamespaceLayout.ProcessFileSystem] : RootFileSystemMounts.For(root);

    private IReadOnlyList<NamespaceType> WantedTypes()
    {
        if (Types is not null)
            return [.. Types.Distinct()];
        IReadOnlyList<NamespaceType> own = Target.GetTypes();
        return Root is null ? own : [.. own.Where(t => t != NamespaceType.Mount)];
    }

    private static UserAccount AccountOf(
        CommandRequest request, NamespaceContext context, Dictionary<NamespaceType, SafeFileHandle> joined, string? root)
    {
        (uint userId, uint groupId) = DefaultIds(context, joined.ContainsKey(NamespaceType.User));
        if (root is not null || joined.GetValueOrDefault(NamespaceType.Mount) is not { } mountNamespace)
            return RootUsers.Resolve(request, root, userId, groupId);
        if (request.User is null && request.FilePath is not null)
            return UserAccount.Default(userId, groupId);
        using SafeFileHandle directory = OpenRoot(context, mountNamespace);
        return RootUsers.Resolve(request, new UserDatabase(directory), userId, groupId);
    }

    /// <summary>Root where there is one; in a user namespace that has none, whom it has.</summary>
    private static (uint UserId, uint GroupId) DefaultIds(NamespaceContext context, bool entersUser)
    {
        if (!entersUser)
            return (IdMap.CallerUserId, IdMap.CallerGroupId);
        return context.ProcessId is { } process
            ? (IdMap.FirstIds(process, "uid_map").DefaultIfEmpty().Min(), IdMap.FirstIds(process, "gid_map").DefaultIfEmpty().Min())
            : (0, 0);
    }

    /// <summary>The root that the command will see in a mount namespace, for looking users up in it.</summary>
    private static SafeFileHandle OpenRoot(NamespaceContext context, SafeFileHandle mountNamespace)
    {
        // The kernel lets no thread of ours into it when it belongs to a user namespace that we are not in; the root of
        // a process in it is the same.
        if (LibC.geteuid() != 0 && context.ProcessId is { } process)
            return PathInRoot.OpenRoot($"/proc/{process}/root");
        return NamespaceThread.Run([mountNamespace], () => PathInRoot.OpenRoot("/"));
    }
}
