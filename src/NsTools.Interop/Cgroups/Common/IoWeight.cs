namespace NsTools.Interop.Cgroups;

/// <summary>
/// Block I/O weights: 1 to 10000 in v2's <c>io.weight</c>, 1 to 1000 in BFQ's files, 10 to 1000 in v1's
/// <c>blkio.weight</c>; 100 is usual in the first two. Up to 100 they are the same, above the range is scaled
/// (systemd's rule, <c>BFQ_WEIGHT</c>).
/// </summary>
internal static class IoWeight
{
    /// <summary>The weight in a file that ends at 1000.</summary>
    public static long ToThousand(int weight) => weight <= 100 ? weight : 100 + (long)Math.Round((weight - 100) * 900.0 / 9900.0);

    /// <summary>The weight of a value from a file that ends at 1000.</summary>
    public static int FromThousand(long value) => value <= 100 ? (int)value : 100 + (int)Math.Round((value - 100) * 9900.0 / 900.0);
}
