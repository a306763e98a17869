using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using Tmds.Linux;

namespace NsTools.Commands;

/// <summary>
/// The users and groups of a root file system: its <c>passwd(5)</c> and <c>group(5)</c>, which are opened so that no
/// symbolic link in them leads out of that root.
/// </summary>
/// <param name="root">The root's directory.</param>
internal sealed class UserDatabase(SafeFileHandle root)
{
    // A passwd file is small; what is bigger than this is hostile.
    private const int MaximumSize = 4 * 1024 * 1024;

    /// <summary>The account that a user's words mean.</summary>
    /// <param name="user"><c>NAME|UID[:GROUP|GID]</c>.</param>
    /// <exception cref="NsToolsException">There is no such user or group there (<c>UserNotFound</c>, <c>GroupNotFound</c>).</exception>
    public UserAccount Resolve(string user)
    {
        string[] parts = user.Split(':', 2);
        UserAccount account = FindUser(parts[0]);
        // As chroot(1) --userspec has it: who names the group leaves the others.
        return parts.Length == 1 ? account : account with { GroupId = FindGroup(parts[1]), Groups = [] };
    }

    /// <summary>The account of an ID, whether it is written down or not.</summary>
    /// <param name="userId">The user's ID.</param>
    /// <param name="groupId">The group's ID.</param>
    public UserAccount Of(uint userId, uint groupId) =>
        Find(fields => fields[2] == Text(userId)) is { } found
            ? found with { GroupId = groupId, Groups = [] }
            : UserAccount.Default(userId, groupId);

    private UserAccount FindUser(string nameOrId)
    {
        if (nameOrId.Length > 0 && Find(fields => fields[0] == nameOrId || fields[2] == nameOrId) is { } found)
            return found;
        // chroot(1) and docker(1) run as an ID that is not listed, with group 0.
        return TryId(nameOrId, out uint id)
            ? UserAccount.Default(id, 0)
            : throw new NsToolsException(
                FailureKind.NotFound,
                "UserNotFound",
                $"There is no user '{nameOrId}' in the target's /etc/passwd.",
                "Name a user of that root file system, or give a numeric ID.");
    }

    private uint FindGroup(string nameOrId)
    {
        foreach (string[] fields in Lines("/etc/group", 3))
        {
            if (fields[0] == nameOrId && TryId(fields[2], out uint listed))
                return listed;
        }
        return TryId(nameOrId, out uint id)
            ? id
            : throw new NsToolsException(
                FailureKind.NotFound,
                "GroupNotFound",
                $"There is no group '{nameOrId}' in the target's /etc/group.",
                "Name a group of that root file system, or give a numeric ID.");
    }

    private UserAccount? Find(Func<string[], bool> matches)
    {
        // name:password:UID:GID:comment:directory:shell
        foreach (string[] fields in Lines("/etc/passwd", 7))
        {
            if (!matches(fields) || !TryId(fields[2], out uint userId) || !TryId(fields[3], out uint groupId))
                continue;
            List<uint> groups = [];
            foreach (string[] group in Lines("/etc/group", 4))
            {
                if (group[3].Split(',').Contains(fields[0]) && TryId(group[2], out uint id) && id != groupId)
                    groups.Add(id);
            }
            return new UserAccount(
                userId,
                groupId,
                groups,
                fields[5].Length > 0 ? fields[5] : "/",
                fields[6].Length > 0 ? fields[6] : "/bin/sh");
        }
        return null;
    }

    private IEnumerable<string[]> Lines(string path, int fieldCount)
    {
        using SafeFileHandle? file = PathInRoot.TryOpen(root, path, LibC.O_RDONLY | LibC.O_NONBLOCK);
        if (file is null)
            return [];
        byte[] content = new byte[Math.Clamp(RandomAccess.GetLength(file), 0, MaximumSize)];
        int length = RandomAccess.Read(file, content, 0);
        return Encoding.UTF8.GetString(content, 0, length)
            .Split('\n')
            .Select(line => line.Split(':'))
            .Where(fields => fields.Length >= fieldCount);
    }

    // 4294967295 is -1, which setresuid(2) takes for "leave it": the program would run as whoever starts it.
    private static bool TryId(string text, out uint id) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id != uint.MaxValue;

    private static string Text(uint id) => id.ToString(CultureInfo.InvariantCulture);
}
