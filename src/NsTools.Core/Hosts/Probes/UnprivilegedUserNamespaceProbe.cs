namespace NsTools.Hosts.Probes;

/// <summary>Whether ordinary users may make user namespaces: three switches, of which distributions use different ones.</summary>
internal sealed class UnprivilegedUserNamespaceProbe() : HostProbe("UnprivilegedUserNamespace")
{
    // user_namespaces(7), namespaces(7); Debian's patch; Ubuntu since 23.10.
    private static readonly (string Path, Func<string, bool> Allows, string Needed)[] s_switches =
    [
        ("/proc/sys/user/max_user_namespaces", value => value != "0", "user.max_user_namespaces=28633"),
        ("/proc/sys/kernel/unprivileged_userns_clone", value => value != "0", "kernel.unprivileged_userns_clone=1"),
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", value => value == "0", "kernel.apparmor_restrict_unprivileged_userns=0"),
    ];

    /// <inheritdoc/>
    public override HostFeature Probe()
    {
        List<string> found = [];
        foreach ((string path, Func<string, bool> allows, string needed) in s_switches)
        {
            if (ReadSetting(path) is not { } value)
                continue;
            string name = path["/proc/sys/".Length..].Replace('/', '.');
            if (!allows(value))
                return Limited($"{name} is {value}: only root may make user namespaces", $"sysctl -w {needed}");
            found.Add($"{name}={value}");
        }
        return found.Count > 0
            ? Available(string.Join(", ", found))
            : Missing("the kernel has no user namespaces", "Use a kernel with CONFIG_USER_NS.");
    }
}
