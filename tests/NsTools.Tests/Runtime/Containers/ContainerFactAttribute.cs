using Tmds.Linux;
using Xunit;

namespace NsTools.Tests.Runtime.Containers;

/// <summary>Whole containers, as root and with a static BusyBox; skipped, and said so, without them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ContainerFactAttribute : FactAttribute
{
    public ContainerFactAttribute() => Skip = ContainerPeers.Missing(null);
}

/// <summary>The same container by <c>nsrun</c> and by a peer; skipped, and said so, without that.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerTheoryAttribute : TheoryAttribute
{
    /// <summary>For tests that compare with a peer.</summary>
    /// <param name="peer"><c>runc</c> or <c>crun</c>.</param>
    public PeerTheoryAttribute(string peer) => Skip = ContainerPeers.Missing(peer);
}

internal static class ContainerPeers
{
    public static string? Missing(string? peer)
    {
        if (LibC.geteuid() != 0)
            return "needs root";
        if (!File.Exists(BusyBoxRoot.Program))
            return $"needs a static BusyBox at {BusyBoxRoot.Program} (package busybox-static)";
        return peer is null || Tool.Find(peer) is not null ? null : $"needs {peer}";
    }
}
