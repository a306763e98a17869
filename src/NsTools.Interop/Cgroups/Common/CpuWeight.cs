namespace NsTools.Interop.Cgroups;

/// <summary>CPU weights of v2 (1 to 10000, usually 100) and shares of v1 (2 to 262144, usually 1024), at the rate of the kernel's <c>sched_weight_from_cgroup</c>.</summary>
internal static class CpuWeight
{
    private const double SharesPerWeight = 10.24;

    /// <summary>v1 shares that weigh the same.</summary>
    public static long ToShares(int weight) => Math.Max(2, (long)Math.Round(weight * SharesPerWeight));

    /// <summary>The weight of v1 shares.</summary>
    public static int FromShares(long shares) => (int)Math.Clamp(Math.Round(shares / SharesPerWeight), 1, 10_000);
}
