using System.Globalization;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>Becomes the user that the config names (<c>credentials(7)</c>): groups, then group, then user.</summary>
internal static unsafe class UserSwitch
{
    public static void Run(UserSpec user)
    {
        SetGroups(user.AdditionalGids ?? []);
        gid_t realGroup, group, savedGroup;
        _ = getresgid(&realGroup, &group, &savedGroup);
        if ((realGroup != user.Gid || group != user.Gid || savedGroup != user.Gid) && setresgid(user.Gid, user.Gid, user.Gid) < 0)
            throw Failure("setresgid", $"group {user.Gid}");
        uid_t realUser, effectiveUser, savedUser;
        _ = getresuid(&realUser, &effectiveUser, &savedUser);
        if ((realUser != user.Uid || effectiveUser != user.Uid || savedUser != user.Uid) && setresuid(user.Uid, user.Uid, user.Uid) < 0)
            throw Failure("setresuid", $"user {user.Uid}");
        if (user.Umask is { } mask)
            _ = umask((ushort)mask);
    }

    private static void SetGroups(IReadOnlyList<uint> groups)
    {
        gid_t[] list = new gid_t[Math.Max(groups.Count, 1)];
        for (int i = 0; i < groups.Count; i++)
            list[i] = groups[i];
        fixed (gid_t* data = list)
        {
            if (setgroups(groups.Count, data) == 0)
                return;
        }
        int error = errno;
        // An ordinary user without a range of IDs may not change its groups (user_namespaces(7), "setgroups"), nor
        // without a user namespace at all: they stay, unless others were asked for.
        if (error == EPERM && groups.Count == 0)
            return;
        throw new SyscallException("setgroups", error, string.Join(", ", groups.Select(g => g.ToString(CultureInfo.InvariantCulture))));
    }

    private static SyscallException Failure(string syscall, string who)
    {
        int error = errno;
        return new SyscallException(syscall, error, who, error == EINVAL ? "the user namespace does not map it" : null);
    }
}
