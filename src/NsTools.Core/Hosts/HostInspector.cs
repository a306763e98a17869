using NsTools.Hosts.Probes;

namespace NsTools.Hosts;

/// <summary>Tells what this host has of what NsTools makes use of, by trying it wherever that leaves no trace.</summary>
public static class HostInspector
{
    private static readonly HostProbe[] s_probes =
    [
        new KernelProbe(),
        new RuntimeProbe(),
        .. Enum.GetValues<NamespaceType>().Select(type => new NamespaceProbe(type)),
        new UnprivilegedUserNamespaceProbe(),
        new SubordinateIdProbe(),
        new IdMapToolProbe(),
        new CgroupProbe(),
        new OverlayProbe(),
        .. SyscallProbe.All,
        new SeccompProbe(),
        new LandlockProbe(),
        new NftablesProbe(),
        new PseudoTerminalProbe(),
    ];

    /// <summary>Names of all features, in the order in which they are told.</summary>
    public static IReadOnlyList<string> Features => [.. s_probes.Select(p => p.Feature)];

    /// <summary>Looks at one feature.</summary>
    /// <param name="feature">One of <see cref="Features"/>.</param>
    /// <exception cref="NsToolsException">There is no such feature (<c>HostFeatureNotFound</c>).</exception>
    public static HostFeature Inspect(string feature)
    {
        HostProbe probe = Array.Find(s_probes, p => p.Feature.Equals(feature, StringComparison.OrdinalIgnoreCase))
            ?? throw new NsToolsException(
                FailureKind.NotFound,
                "HostFeatureNotFound",
                $"There is no feature named '{feature}'.",
                "Test-NsToolsHost without -Feature shows all of them.");
        return probe.Probe();
    }
}
