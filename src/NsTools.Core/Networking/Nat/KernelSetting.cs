using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Networking.Nat;

/// <summary>
/// Switches of <c>/proc/sys/net</c> of a network namespace: the files are those of the namespace of who opens them
/// (<c>proc_sys_net(5)</c>).
/// </summary>
/// <param name="place">The namespace.</param>
internal sealed class KernelSetting(NetworkPlace place)
{
    /// <summary>Value of a switch that is on.</summary>
    public const string On = "1";

    /// <summary>Routing between links for a family.</summary>
    /// <param name="isIPv6">The family.</param>
    public static string Forwarding(bool isIPv6) => isIPv6 ? "net/ipv6/conf/all/forwarding" : "net/ipv4/ip_forward";

    /// <summary>Whether 127.0.0.0/8 may go out of and come in over a link (<c>Documentation/networking/ip-sysctl.rst</c>).</summary>
    /// <param name="link">The link's name.</param>
    public static string RouteLocalNet(string link) => $"net/ipv4/conf/{link}/route_localnet";

    /// <summary>Reads a switch.</summary>
    /// <param name="name">Its path below <c>/proc/sys</c>.</param>
    /// <returns>The value; null when there is none, as for a link that has gone.</returns>
    /// <exception cref="SyscallException">It cannot be read.</exception>
    public string? Read(string name)
    {
        try
        {
            using SafeFileHandle file = place.OpenFile(PathOf(name), LibC.O_RDONLY);
            byte[] value = new byte[64];
            return Encoding.ASCII.GetString(value, 0, RandomAccess.Read(file, value, 0)).Trim();
        }
        catch (SyscallException absent) when (absent.Name == "ENOENT")
        {
            return null;
        }
    }

    /// <summary>Writes a switch.</summary>
    /// <param name="name">Its path below <c>/proc/sys</c>.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="NsToolsException">It may not be written (<c>KernelSettingRefused</c>): <c>/proc/sys</c> is read-only, or the caller is not root there.</exception>
    public void Write(string name, string value)
    {
        try
        {
            using SafeFileHandle file = place.OpenFile(PathOf(name), LibC.O_WRONLY);
            RandomAccess.Write(file, Encoding.ASCII.GetBytes(value), 0);
        }
        catch (Exception refused) when (refused is SyscallException or IOException or UnauthorizedAccessException)
        {
            throw new NsToolsException(
                FailureKind.PermissionDenied,
                "KernelSettingRefused",
                $"'{PathOf(name)}' cannot be set to {value}: {refused.Message}",
                "That takes CAP_NET_ADMIN in the network namespace, and /proc/sys mounted for writing; or set it from outside beforehand.",
                refused);
        }
    }

    private static string PathOf(string name) => "/proc/sys/" + name;
}
