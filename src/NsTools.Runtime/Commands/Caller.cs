using System.Globalization;
using NsTools.Interop.Processes;
using NsTools.Runtime.Commands.Options;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary>Who has called.</summary>
internal static class Caller
{
    /// <summary>True for an ordinary user, and for root of a user namespace, who is one on the host.</summary>
    public static bool IsRootless { get; } = !CallerIdentity.IsHostRoot;

    /// <summary>Where state is kept by default.</summary>
    /// <exception cref="UsageException">There is no such place for this user.</exception>
    public static string DefaultRoot
    {
        get
        {
            if (!IsRootless)
                return "/run/nsrun";
            if (System.Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime)
                return $"{runtime}/nsrun";
            string user = string.Create(CultureInfo.InvariantCulture, $"/run/user/{(uint)geteuid()}");
            if (geteuid() == 0)
                return "/run/nsrun";
            return Directory.Exists(user)
                ? $"{user}/nsrun"
                : throw new UsageException("neither XDG_RUNTIME_DIR is set nor is there a directory of yours in /run/user: say with --root where state is to be kept");
        }
    }
}
