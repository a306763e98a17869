using System.Globalization;
using Tmds.Linux;

namespace NsTools.Hosts;

/// <summary>Where NsTools keeps its state (design: "State on disk"), for the calling user.</summary>
public static class RuntimeDirectories
{
    /// <summary>
    /// Runtime state, gone after a reboot: <c>NSTOOLS_RUNROOT</c>, or <c>/run/nstools</c> for root, or
    /// <c>$XDG_RUNTIME_DIR/nstools</c>, or <c>/tmp/nstools-UID</c> where no runtime directory is set.
    /// </summary>
    public static string RunRoot
    {
        get
        {
            if (Environment.GetEnvironmentVariable("NSTOOLS_RUNROOT") is { Length: > 0 } moved)
                return moved;
            if (LibC.geteuid() == 0)
                return "/run/nstools";
            return Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime
                ? Path.Combine(runtime, "nstools")
                : string.Create(CultureInfo.InvariantCulture, $"/tmp/nstools-{(uint)LibC.geteuid()}");
        }
    }

    /// <summary>
    /// Lasting data: <c>NSTOOLS_ROOT</c>, or <c>/var/lib/nstools</c> for root, or <c>$XDG_DATA_HOME/nstools</c>
    /// (<c>~/.local/share/nstools</c>).
    /// </summary>
    public static string DataRoot
    {
        get
        {
            if (Environment.GetEnvironmentVariable("NSTOOLS_ROOT") is { Length: > 0 } moved)
                return moved;
            if (LibC.geteuid() == 0)
                return "/var/lib/nstools";
            string data = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } home
                ? home
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/share");
            return Path.Combine(data, "nstools");
        }
    }
}
