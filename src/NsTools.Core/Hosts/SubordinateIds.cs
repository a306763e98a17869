using System.Globalization;
using NsTools.Interop.Oci;
using Tmds.Linux;

namespace NsTools.Hosts;

/// <summary>The user and group IDs that an ordinary user may map into a user namespace (<c>subuid(5)</c>, <c>subgid(5)</c>).</summary>
public sealed record SubordinateIds
{
    /// <summary>Map of user IDs: 0 is the user, from 1 on its subordinate ones.</summary>
    public required IReadOnlyList<IdMapping> UidMappings { get; init; }

    /// <summary>Map of group IDs, likewise.</summary>
    public required IReadOnlyList<IdMapping> GidMappings { get; init; }

    /// <summary>The maps of the calling user; null when it has no subordinate IDs.</summary>
    public static SubordinateIds? OfCaller()
    {
        uint user = LibC.geteuid();
        List<IdMapping> users = Map("/etc/subuid", user, user), groups = Map("/etc/subgid", user, LibC.getegid());
        return users.Count > 1 && groups.Count > 1 ? new SubordinateIds { UidMappings = users, GidMappings = groups } : null;
    }

    private static List<IdMapping> Map(string table, uint user, uint own)
    {
        string number = user.ToString(CultureInfo.InvariantCulture), name = Environment.UserName;
        List<IdMapping> map = [new IdMapping { ContainerId = 0, HostId = own, Size = 1 }];
        uint next = 1;
        foreach (string line in File.Exists(table) ? File.ReadLines(table) : [])
        {
            string[] fields = line.Split(':');
            if (fields.Length != 3 || (fields[0] != name && fields[0] != number)
                || !uint.TryParse(fields[1], CultureInfo.InvariantCulture, out uint first)
                || !uint.TryParse(fields[2], CultureInfo.InvariantCulture, out uint size) || size == 0)
                continue;
            map.Add(new IdMapping { ContainerId = next, HostId = first, Size = size });
            next += size;
        }
        return map;
    }
}
