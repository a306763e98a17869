using System.Globalization;
using Tmds.Linux;

namespace NsTools.Hosts.Probes;

/// <summary>
/// The ranges of user and group IDs that the caller may map into a user namespace besides its own
/// (<c>subuid(5)</c>, <c>subgid(5)</c>).
/// </summary>
internal sealed class SubordinateIdProbe() : HostProbe("SubordinateIds")
{
    private const int Needed = 65536;

    /// <inheritdoc/>
    public override HostFeature Probe()
    {
        uint userId = (uint)LibC.geteuid();
        if (userId == 0)
            return Available("root maps any range");
        string user = Environment.UserName;
        long users = Count("/etc/subuid", user, userId);
        long groups = Count("/etc/subgid", user, userId);
        string detail = $"{user} has {users} user IDs and {groups} group IDs";
        string remedy = $"As root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user} (any range that nobody else has)";
        return (users, groups) switch
        {
            ( >= Needed, >= Needed) => Available(detail),
            (0, 0) => Missing($"{detail}: a user namespace then holds {user} alone", remedy),
            _ => Limited($"{detail}: file owners of a distribution need {Needed} of each", remedy),
        };
    }

    /// <summary>The length of all ranges of a user, who stands there by name or by number.</summary>
    private static long Count(string path, string user, uint userId)
    {
        string number = userId.ToString(CultureInfo.InvariantCulture);
        return (ReadSetting(path) ?? string.Empty)
            .Split('\n')
            .Select(line => line.Split(':'))
            .Where(fields => fields.Length == 3 && (fields[0] == user || fields[0] == number))
            .Sum(fields => long.TryParse(fields[2], out long count) ? count : 0);
    }
}
