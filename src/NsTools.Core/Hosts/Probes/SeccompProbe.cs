namespace NsTools.Hosts.Probes;

/// <summary>System call filters (<c>seccomp(2)</c>): which answers a filter can give.</summary>
internal sealed class SeccompProbe() : HostProbe("Seccomp")
{
    /// <inheritdoc/>
    public override HostFeature Probe() => ReadSetting("/proc/sys/kernel/seccomp/actions_avail") switch
    {
        null => Missing("the kernel has no seccomp filters", "Use a kernel with CONFIG_SECCOMP_FILTER."),
        { } actions when actions.Split(' ').Contains("errno") => Available(actions),
        { } actions => Limited($"no filter can answer with an error: {actions}", "Use Linux 4.14 or later."),
    };
}
