using System.Globalization;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>Becomes the user that the config names (<c>credentials(7)</c>): groups, then group, then user.</summary>
internal static unsafe class UserSwitch
{
    // linux/prctl.h
    private const int PrCapAmbient = 47;
    private const int PrCapAmbientClearAll = 4;

    public static void Run(UserSpec user)
    {
        DropInherited();
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
            _ = umask((ushort)(mask & 0b111_111_111));
    }

    // What the outer stage raised to get through its execve(2), and what the caller may have had: the program gets
    // what its user has (CVE-2022-29162).
    private static void DropInherited()
    {
        _ = syscall(SyscallNumber.Prctl, PrCapAmbient, PrCapAmbientClearAll, 0, 0, 0);
        var header = new CapabilityHeader { Version = CapabilityHeader.Version3 };
        CapabilitySets* sets = stackalloc CapabilitySets[2];
        if ((int)syscall(SyscallNumber.CapGet, &header, sets) < 0)
            throw SyscallException.FromLastError("capget");
        if ((sets[0].Inheritable | sets[1].Inheritable) == 0)
            return;
        sets[0].Inheritable = sets[1].Inheritable = 0;
        if ((int)syscall(SyscallNumber.CapSet, &header, sets) < 0)
            throw SyscallException.FromLastError("capset");
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
