namespace NsTools.Hosts.Probes;

/// <summary>The kernel's version: mount_setattr(2), the youngest call that NsTools cannot do without, came with 5.12.</summary>
internal sealed class KernelProbe() : HostProbe("Kernel")
{
    private static readonly Version s_needed = new(5, 12);

    /// <inheritdoc/>
    public override HostFeature Probe()
    {
        string release = ReadSetting("/proc/sys/kernel/osrelease") ?? "unknown";
        string number = new([.. release.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);
        return Version.TryParse(number.TrimEnd('.'), out Version? version) && version >= s_needed
            ? Available($"Linux {release}")
            : Limited($"Linux {release}; mount_setattr(2) and the time namespace need {s_needed}", $"Upgrade to Linux {s_needed} or later.");
    }
}
