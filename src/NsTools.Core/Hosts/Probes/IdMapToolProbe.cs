using NsTools.Interop.Syscalls;

namespace NsTools.Hosts.Probes;

/// <summary>
/// <c>newuidmap(1)</c> and <c>newgidmap(1)</c>, by which an ordinary user maps its subordinate IDs. They must be
/// set-user-ID, or have the file capability (<c>capabilities(7)</c>).
/// </summary>
internal sealed class IdMapToolProbe() : HostProbe("IdMapTools")
{
    private const string Install = "Install the package that has them: uidmap (Debian, Ubuntu), shadow-utils (Fedora), shadow-subids (Alpine).";

    /// <inheritdoc/>
    public override HostFeature Probe()
    {
        List<string> found = [];
        foreach (string tool in (ReadOnlySpan<string>)["newuidmap", "newgidmap"])
        {
            string? path = (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin")
                .Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => Path.Combine(folder, tool))
                .FirstOrDefault(File.Exists);
            if (path is null)
                return Missing($"no {tool} in PATH", Install);
            bool isPrivileged = (File.GetUnixFileMode(path) & UnixFileMode.SetUser) != 0 || FileCapability.IsSet(path);
            if (!isPrivileged)
                return Limited($"{path} is neither set-user-ID nor has a capability", $"As root: chmod u+s {path}");
            found.Add(path);
        }
        return Available(string.Join(", ", found));
    }
}
