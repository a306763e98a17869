using System.Globalization;
using NsTools.Interop.Oci;
using Tmds.Linux;

namespace NsTools.Namespaces;

/// <summary>ID maps of new user namespaces (<c>user_namespaces(7)</c>, "User and group ID mappings").</summary>
public static class IdMap
{
    /// <summary>Reads a map in the user's words.</summary>
    /// <param name="text"><c>inside:outside:count</c>, such as <c>0:1000:1</c>.</param>
    /// <exception cref="NsToolsException">It is not of that form (<c>InvalidIdMap</c>).</exception>
    public static IdMapping Parse(string text)
    {
        string[] parts = text.Split(':');
        return parts.Length == 3
            && TryNumber(parts[0], out uint inside)
            && TryNumber(parts[1], out uint outside)
            && TryNumber(parts[2], out uint count)
            && count > 0
            && (ulong)inside + count <= uint.MaxValue
            && (ulong)outside + count <= uint.MaxValue
            ? new IdMapping { ContainerId = inside, HostId = outside, Size = count }
            : throw new NsToolsException(
                FailureKind.InvalidArgument,
                "InvalidIdMap",
                $"'{text}' is not an ID map.",
                "Write the first ID inside, the first ID outside and how many: 0:1000:1.");
    }

    /// <summary>The maps of a new user namespace.</summary>
    /// <param name="given">What was asked for, in the user's words.</param>
    /// <param name="mapRoot">Whether root inside is to be the caller.</param>
    /// <param name="callerId">The caller's effective ID.</param>
    /// <returns>The maps; the caller as themselves when nothing was asked for.</returns>
    /// <exception cref="NsToolsException">A map is not of the form (<c>InvalidIdMap</c>).</exception>
    internal static IReadOnlyList<IdMapping> Build(IReadOnlyList<string> given, bool mapRoot, uint callerId)
    {
        List<IdMapping> maps = [.. given.Select(Parse)];
        if (mapRoot && !maps.Exists(m => m.ContainerId == 0))
            maps.Insert(0, new IdMapping { ContainerId = 0, HostId = callerId, Size = 1 });
        if (maps.Count == 0)
            maps.Add(new IdMapping { ContainerId = callerId, HostId = callerId, Size = 1 });
        return maps;
    }

    /// <summary>The ID to run as in a user namespace: root where there is one, otherwise the first that there is.</summary>
    /// <param name="maps">The namespace's maps.</param>
    internal static uint DefaultId(IEnumerable<IdMapping> maps) => maps.Min(m => m.ContainerId);

    /// <summary>The maps of a process's user namespace.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="file"><c>uid_map</c> or <c>gid_map</c>.</param>
    /// <returns>The first ID inside of each map; empty when the process has ended.</returns>
    internal static IReadOnlyList<uint> FirstIds(int processId, string file)
    {
        try
        {
            return [.. File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/{file}"))
                .Select(line => uint.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>The caller's effective user ID.</summary>
    internal static uint CallerUserId => (uint)LibC.geteuid();

    /// <summary>The caller's effective group ID.</summary>
    internal static uint CallerGroupId => (uint)LibC.getegid();

    private static bool TryNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
