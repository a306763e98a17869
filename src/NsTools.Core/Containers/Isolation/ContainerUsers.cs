using NsTools.Hosts;
using NsTools.Images.Layers;
using NsTools.Interop.Oci;
using Tmds.Linux;

namespace NsTools.Containers.Isolation;

/// <summary>
/// The user namespace of an ordinary user's containers (<c>user_namespaces(7)</c>): root inside is the user, and the others
/// are its subordinate IDs.
/// </summary>
/// <param name="Uid">Map of user IDs.</param>
/// <param name="Gid">Map of group IDs.</param>
internal sealed record ContainerUsers(IReadOnlyList<IdMapping> Uid, IReadOnlyList<IdMapping> Gid)
{
    /// <summary>The namespace that the caller's containers need; null for root, whose containers have none of their own.</summary>
    public static ContainerUsers? ForCaller()
    {
        if (LayerPrivileges.IsRoot)
            return null;
        return SubordinateIds.OfCaller() is { } ids
            ? new ContainerUsers(ids.UidMappings, ids.GidMappings)
            : new ContainerUsers([Own(LibC.geteuid())], [Own(LibC.getegid())]);
    }

    /// <summary>True when there is more than the user itself: only then may a process have further groups.</summary>
    public bool HasOthers => Gid.Count > 1 || Gid[0].Size > 1;

    /// <summary>Refuses a user that is nobody there.</summary>
    /// <param name="userId">The user's ID inside.</param>
    /// <param name="groupId">The group's ID inside.</param>
    /// <exception cref="NsToolsException">It is not mapped (<c>UserNotMapped</c>).</exception>
    public void Require(uint userId, uint groupId)
    {
        if (Has(Uid, userId) && Has(Gid, groupId))
            return;
        throw new NsToolsException(
            FailureKind.PermissionDenied,
            "UserNotMapped",
            $"The user {userId}:{groupId} is nobody in a container of yours: {(HasOthers ? "your subordinate IDs do not reach so far" : "you have no subordinate IDs")}.",
            $"As root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {Environment.UserName}; or run as root inside with -User 0.");
    }

    private static bool Has(IReadOnlyList<IdMapping> maps, uint id) => maps.Any(map => id >= map.ContainerId && id - map.ContainerId < map.Size);

    private static IdMapping Own(uint id) => new() { ContainerId = 0, HostId = id, Size = 1 };
}
