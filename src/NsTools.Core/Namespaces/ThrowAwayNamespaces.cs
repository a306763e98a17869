using NsTools.Commands;
using NsTools.Interop.Oci;

namespace NsTools.Namespaces;

/// <summary>New namespaces for one command, which end with it: <c>unshare(1)</c>.</summary>
/// <param name="Options">What to make.</param>
public sealed record ThrowAwayNamespaces(NewNamespaceOptions Options) : CommandPlace
{
    /// <inheritdoc/>
    internal override CommandPlan Plan(CommandRequest request)
    {
        RuntimeSpec spec = NamespaceLayout.Build(Options);
        string? root = spec.Root?.Path;
        uint userId = spec.Linux?.UidMappings is { } users ? IdMap.DefaultId(users) : IdMap.CallerUserId;
        uint groupId = spec.Linux?.GidMappings is { } groups ? IdMap.DefaultId(groups) : IdMap.CallerGroupId;
        UserAccount account = RootUsers.Resolve(request, root, userId, groupId);
        return new CommandPlan(spec with { Process = ProcessSpecBuilder.Build(request, account, keepsRoot: root is null) }, []);
    }

    /// <inheritdoc/>
    private protected override IEnumerable<string> Words(string? user) =>
        user is null ? NamespaceLayout.Words(Options) : NamespaceLayout.Words(Options).Append($"--setuid={user}");
}
