using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;

namespace NsTools.Runtime.Lifecycle;

/// <summary>What a config may ask for and this kernel may not have: refused by name before anything is made.</summary>
internal static class KernelSupport
{
    /// <summary>Checks it.</summary>
    /// <param name="spec">The config.</param>
    /// <exception cref="RuntimeSpecException">The member that cannot be.</exception>
    public static void Require(RuntimeSpec spec)
    {
        if (spec.Process?.ApparmorProfile is { } profile && profile != "unconfined" && !HasAppArmor())
            throw new RuntimeSpecException("$.process.apparmorProfile", $"'{profile}' cannot be applied: AppArmor is not enabled in this kernel");
        if (spec.Process?.SelinuxLabel is { } label && !HasSeLinux())
            throw new RuntimeSpecException("$.process.selinuxLabel", $"'{label}' cannot be applied: SELinux is not enabled in this kernel");
        if (spec.Linux?.MountLabel is { } mountLabel && !HasSeLinux())
            throw new RuntimeSpecException("$.linux.mountLabel", $"'{mountLabel}' cannot be applied: SELinux is not enabled in this kernel");
        if (spec.Linux?.IntelRdt is not null)
            throw new RuntimeSpecException("$.linux.intelRdt", "nsrun does not manage Intel Resource Director Technology");
    }

    /// <summary>Warns of capabilities that the caller cannot grant: the specification wants no failure for that.</summary>
    /// <param name="request">What is started.</param>
    /// <param name="namespaces">Its namespaces; in a user namespace of its own it has all capabilities.</param>
    public static void Warn(StartRequest request, NamespaceEntry namespaces)
    {
        if (request.Warn is null || request.Spec.Process?.Capabilities is not { } wanted || namespaces.NewUser || namespaces.User is not null)
            return;
        ulong asked = CapabilityName.SetOf(wanted.Permitted) | CapabilityName.SetOf(wanted.Effective) | CapabilityName.SetOf(wanted.Inheritable);
        ulong missing = asked & ~CapabilityState.Read().Permitted;
        for (int number = 0; number <= CapabilityState.Last; number++)
        {
            if ((missing & (1ul << number)) != 0)
                request.Warn($"config $.process.capabilities: {CapabilityName.Of(number)} cannot be granted: the caller does not have it.");
        }
    }

    // Documentation/admin-guide/LSM/apparmor.rst
    private static bool HasAppArmor() =>
        File.Exists("/sys/module/apparmor/parameters/enabled")
        && File.ReadAllText("/sys/module/apparmor/parameters/enabled").StartsWith('Y');

    // selinuxfs is there when SELinux is.
    private static bool HasSeLinux() => File.Exists("/sys/fs/selinux/enforce");
}
