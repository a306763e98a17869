namespace NsTools.Hosts.Probes;

/// <summary>Pseudo-terminals (<c>pts(4)</c>), which Enter-Namespace and Enter-Chroot need: one is opened.</summary>
internal sealed class PseudoTerminalProbe() : HostProbe("PseudoTerminal")
{
    private const string Mount = "As root: mount -t devpts -o ptmxmode=0666,newinstance devpts /dev/pts";

    /// <inheritdoc/>
    public override HostFeature Probe()
    {
        try
        {
            using FileStream terminal = new("/dev/ptmx", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            return Available($"opened one, of {ReadSetting("/proc/sys/kernel/pty/max") ?? "?"}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Missing(failure.Message, Mount);
        }
    }
}
