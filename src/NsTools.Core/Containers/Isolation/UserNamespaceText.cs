using System.Globalization;
using NsTools.Images.Layers;
using NsTools.Interop.Oci;
using NsTools.Namespaces;

namespace NsTools.Containers.Isolation;

/// <summary>Which user namespace a container of root's has, in Podman's words: <c>host</c>, <c>auto</c>, or maps.</summary>
internal static class UserNamespaceText
{
    private const uint Size = 65536;

    // What systemd keeps for containers and nobody else has (https://systemd.io/UIDS-GIDS, "Container UID range").
    private const uint FirstId = 524288, LastId = 1879048191;

    // Whose subordinate IDs Podman gives out (podman-run(1), --userns=auto).
    private const string Owner = "containers";

    /// <summary>The maps.</summary>
    /// <param name="text">The words; null for the usual.</param>
    /// <param name="id">The container's ID.</param>
    /// <param name="store">The other containers.</param>
    /// <returns>The maps, of users and groups alike; null for no namespace of its own, and for an ordinary user's usual one.</returns>
    /// <exception cref="NsToolsException">There is no such word (<c>InvalidUserNamespace</c>), or an ordinary user asks for it (<c>UserNamespaceNeedsRoot</c>).</exception>
    public static IReadOnlyList<IdMapping>? Parse(string? text, string id, ContainerStore store)
    {
        if (text is null or "host")
            return null;
        if (!LayerPrivileges.IsHostRoot)
        {
            // mount_setattr(2): an idmapped mount takes CAP_SYS_ADMIN where the file system was mounted.
            throw new NsToolsException(
                FailureKind.PermissionDenied,
                "UserNamespaceNeedsRoot",
                $"The user namespace '{text}' takes the host's root: only it maps the owners of an image's files.",
                "Leave -UserNamespace out: your containers have a user namespace as it is, with you as its root and your subordinate IDs.");
        }
        if (text == "auto")
            return [Choose(id, store)];
        if (text is "keep-id" or "nomap")
            throw Invalid(text, "it is for ordinary users, who have a namespace of their own as it is");
        List<IdMapping> maps = [.. text.Split(',').Select(IdMap.Parse)];
        return maps.Exists(static map => map.ContainerId == 0) ? maps : throw Invalid(text, "nobody in it is root");
    }

    private static NsToolsException Invalid(string text, string why) => new(
        FailureKind.InvalidArgument, "InvalidUserNamespace", $"'{text}' is no user namespace of a container: {why}.", "There are host, auto, and maps such as 0:200000:65536 (first ID inside, first outside, how many).");

    // As systemd-nspawn: the container's ID says where to begin to look, so that two that are made at once look elsewhere.
    private static IdMapping Choose(string id, ContainerStore store)
    {
        List<uint> starts = [.. Ranges("/etc/subuid").SelectMany(static range => Chunks(range.First, range.Last))];
        if (starts.Count == 0)
            starts = [.. Chunks(FirstId, LastId)];
        IdMapping[] taken = [.. store.ReadAll().SelectMany(document => document.UserMap ?? [])];
        int begin = (int)(ulong.Parse(id.AsSpan(0, 15), NumberStyles.HexNumber, CultureInfo.InvariantCulture) % (ulong)starts.Count);
        for (int i = 0; i < starts.Count; i++)
        {
            uint start = starts[(begin + i) % starts.Count];
            if (!Array.Exists(taken, map => start < map.HostId + (ulong)map.Size && map.HostId < start + (ulong)Size))
                return new IdMapping { ContainerId = 0, HostId = start, Size = Size };
        }
        throw new NsToolsException(FailureKind.InvalidState, "UserNamespacesExhausted", $"All {starts.Count} ranges of {Size} user IDs are taken by other containers.", $"Remove some, or give '{Owner}' more of them in /etc/subuid.");
    }

    private static IEnumerable<(uint First, uint Last)> Ranges(string table) => (File.Exists(table) ? File.ReadLines(table) : [])
        .Select(static line => line.Split(':'))
        .Where(static fields => fields is [Owner, _, _] && uint.TryParse(fields[1], CultureInfo.InvariantCulture, out uint _) && uint.TryParse(fields[2], CultureInfo.InvariantCulture, out uint size) && size >= Size)
        .Select(static fields => (First: uint.Parse(fields[1], CultureInfo.InvariantCulture), Size: uint.Parse(fields[2], CultureInfo.InvariantCulture)))
        .Select(static range => (range.First, range.First + range.Size - 1));

    private static IEnumerable<uint> Chunks(uint first, uint last)
    {
        for (ulong start = first; start + Size - 1 <= last; start += Size)
            yield return (uint)start;
    }
}
