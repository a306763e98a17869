using NsTools.Commands;
using NsTools.Interop.Oci;
using NsTools.Namespaces;

namespace NsTools.RootFileSystems;

/// <summary>A command in another root, with no namespaces of its own: <c>chroot(1)</c>. What it mounts stays.</summary>
/// <param name="Path">The root's directory.</param>
/// <param name="MapRootUser">Whether to make a user namespace, in which the caller is root and may change the root.</param>
public sealed record ChangedRoot(string Path, bool MapRootUser) : CommandPlace
{
    /// <inheritdoc/>
    internal override CommandPlan Plan(CommandRequest request)
    {
        string root = RootPath.Require(Path);
        IReadOnlyList<MountSpec> mounts = RootFileSystemMounts.For(root);
        List<NamespaceSpec> namespaces = [];
        if (MapRootUser)
            namespaces.Add(new NamespaceSpec { Type = NamespaceType.User.OciName() });
        // What such a root is made of can be mounted in a mount namespace only.
        if (mounts.Count > 0)
            namespaces.Add(new NamespaceSpec { Type = NamespaceType.Mount.OciName() });
        UserAccount account = RootUsers.Resolve(
            request, root, MapRootUser ? 0 : IdMap.CallerUserId, MapRootUser ? 0 : IdMap.CallerGroupId);
        return new CommandPlan(
            new RuntimeSpec
            {
                Process = ProcessSpecBuilder.Build(request, account, keepsRoot: false),
                Root = new RootSpec { Path = root },
                Mounts = mounts.Count > 0 ? mounts : null,
                Linux = new LinuxSpec
                {
                    Namespaces = namespaces,
                    UidMappings = MapRootUser ? IdMap.Build([], true, IdMap.CallerUserId) : null,
                    GidMappings = MapRootUser ? IdMap.Build([], true, IdMap.CallerGroupId) : null,
                    RootfsPropagation = mounts.Count > 0 ? "rslave" : null,
                },
            },
            []);
    }

    /// <inheritdoc/>
    private protected override IEnumerable<string> Words(string? user)
    {
        if (MapRootUser)
            yield return "unshare";
        if (MapRootUser)
            yield return "--map-root-user";
        yield return "chroot";
        if (user is not null)
            yield return $"--userspec={user}";
        yield return Path;
    }
}
