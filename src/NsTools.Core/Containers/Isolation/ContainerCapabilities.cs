using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;

namespace NsTools.Containers.Isolation;

/// <summary>Which capabilities a container's processes have (<c>capabilities(7)</c>).</summary>
internal static class ContainerCapabilities
{
    private const string Everything = "ALL";

    // Podman's default: what programs that install and run as root need, nothing that reaches past the namespaces.
    private static readonly string[] s_default =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",
        "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ];

    /// <summary>The bounding set: the default one with what is added and without what is dropped.</summary>
    /// <param name="added">Names, with or without <c>CAP_</c>, in any case; <c>ALL</c> for all that this kernel has.</param>
    /// <param name="dropped">Names likewise; they win, except that a name wins over <c>ALL</c>.</param>
    /// <exception cref="NsToolsException">There is no such capability (<c>CapabilityUnknown</c>).</exception>
    public static IReadOnlyList<string> Resolve(IReadOnlyList<string> added, IReadOnlyList<string> dropped)
    {
        string[] add = [.. added.Select(Normalize)], drop = [.. dropped.Select(Normalize)];
        IEnumerable<string> names = drop.Contains(Everything) ? [] : add.Contains(Everything) ? KnownToKernel() : s_default;
        return [.. names.Concat(add).Except(drop).Where(name => name != Everything).Distinct().OrderBy(CapabilityName.NumberOf)];
    }

    /// <summary>The five sets of a process.</summary>
    /// <param name="bounding">The bounding set.</param>
    /// <param name="added">What was asked for by name.</param>
    /// <param name="isRoot">False for another user, who has only what was asked for, as ambient ones.</param>
    public static CapabilitiesSpec For(IReadOnlyList<string> bounding, IReadOnlyList<string> added, bool isRoot)
    {
        if (isRoot)
            return new CapabilitiesSpec { Bounding = bounding, Effective = bounding, Permitted = bounding };
        string[] wanted = [.. added.Select(Normalize)];
        IReadOnlyList<string> own = wanted.Contains(Everything) ? bounding : [.. bounding.Where(wanted.Contains)];
        return new CapabilitiesSpec { Bounding = bounding, Effective = own, Permitted = own, Inheritable = own, Ambient = own };
    }

    /// <summary>The names that are known, for completion.</summary>
    public static IReadOnlyList<string> Names => [Everything, .. CapabilityName.All.Select(name => name[4..])];

    private static string Normalize(string name)
    {
        string upper = name.Trim().ToUpperInvariant();
        if (upper is Everything or "CAP_ALL")
            return Everything;
        string full = upper.StartsWith("CAP_", StringComparison.Ordinal) ? upper : $"CAP_{upper}";
        return CapabilityName.NumberOf(full) >= 0
            ? full
            : throw new NsToolsException(
                FailureKind.InvalidArgument, "CapabilityUnknown", $"There is no capability '{name}'.", "capabilities(7) has their names, such as NET_ADMIN; ALL means all of them.");
    }

    private static IEnumerable<string> KnownToKernel()
    {
        int last = int.Parse(File.ReadAllText("/proc/sys/kernel/cap_last_cap").Trim(), System.Globalization.CultureInfo.InvariantCulture);
        return CapabilityName.All.Take(last + 1);
    }
}
