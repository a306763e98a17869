using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups.V2;

/// <summary>v2 <c>io</c> (cgroup-v2.rst, "IO Interface Files").</summary>
public sealed class IoController : CgroupController
{
    private const string Limits = "io.max";
    private const string Weight = "io.weight";
    private const string BfqWeight = "io.bfq.weight";
    private const string Latency = "io.latency";

    /// <inheritdoc/>
    public override string Name => "io";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V2;

    /// <inheritdoc/>
    public override CgroupSetting Settings =>
        CgroupSetting.IoWeight | CgroupSetting.Io | CgroupSetting.IoDeviceWeight | CgroupSetting.IoLatency;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        if (wanted.IoWeight is { } weight)
            WriteWeight(cgroup, "default", weight);
        foreach (CgroupIoLimit limit in wanted.Io ?? [])
        {
            // Keys that are not given stay as they are.
            string keys = Key(" rbps", limit.ReadBytes) + Key(" wbps", limit.WriteBytes)
                + Key(" riops", limit.ReadOperations) + Key(" wiops", limit.WriteOperations);
            if (keys.Length > 0)
                cgroup.Write(Limits, limit.Device + keys);
            if (limit.Weight is { } ofDevice)
                WriteWeight(cgroup, limit.Device, ofDevice);
            if (limit.Latency is { } latency)
                cgroup.Write(Latency, $"{limit.Device} target={(latency == TimeSpan.MaxValue ? 0 : Microseconds(latency))}");
        }
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources)
    {
        Dictionary<string, CgroupIoLimit> limits = [];
        Collect(limits, cgroup.TryRead(Limits), (limit, line) => limit with
        {
            ReadBytes = Finite(Value(Nested(line, "rbps"))),
            WriteBytes = Finite(Value(Nested(line, "wbps"))),
            ReadOperations = Finite(Value(Nested(line, "riops"))),
            WriteOperations = Finite(Value(Nested(line, "wiops"))),
        });
        Collect(limits, cgroup.TryRead(Latency), (limit, line) => limit with { Latency = Microseconds(Value(Nested(line, "target"))) });
        bool isBfq = !cgroup.Has(Weight);
        string? weights = cgroup.TryRead(isBfq ? BfqWeight : Weight);
        Collect(limits, weights, (limit, line) => limit with { Weight = FromFile(Value(line.AsSpan(line.IndexOf(' ', StringComparison.Ordinal) + 1)), isBfq) });
        return resources with
        {
            IoWeight = FromFile(Keyed(weights, "default") ?? Value(weights), isBfq),
            Io = [.. limits.Values],
        };
    }

    /// <inheritdoc/>
    public override CgroupCounters Count(CgroupDirectory cgroup, CgroupCounters counters)
    {
        if (cgroup.TryRead("io.stat") is not { } stat)
            return counters;
        long readBytes = 0, writeBytes = 0, reads = 0, writes = 0;
        foreach (Range range in stat.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = stat.AsSpan()[range];
            readBytes += Value(Nested(line, "rbytes")) ?? 0;
            writeBytes += Value(Nested(line, "wbytes")) ?? 0;
            reads += Value(Nested(line, "rios")) ?? 0;
            writes += Value(Nested(line, "wios")) ?? 0;
        }
        return counters with { IoReadBytes = readBytes, IoWriteBytes = writeBytes, IoReadOperations = reads, IoWriteOperations = writes };
    }

    // io.weight is the cost model's, io.bfq.weight the BFQ scheduler's: which of them counts depends on the disk, so both are set.
    private static void WriteWeight(CgroupDirectory cgroup, string target, int weight)
    {
        bool hasBfq = cgroup.Has(BfqWeight);
        if (hasBfq)
            cgroup.Write(BfqWeight, $"{target} {IoWeight.ToThousand(weight)}");
        if (!hasBfq || cgroup.Has(Weight))
            cgroup.Write(Weight, $"{target} {weight}");
    }

    private static int? FromFile(long? value, bool isBfq) => value is { } weight ? isBfq ? IoWeight.FromThousand(weight) : (int)weight : null;

    private static long? Finite(long? value) => value == Unlimited ? null : value;

    private static string Key(string name, long? value) => value is { } limit ? $"{name}={NumberOrMax(limit)}" : "";

    private static void Collect(Dictionary<string, CgroupIoLimit> limits, string? text, Func<CgroupIoLimit, string, CgroupIoLimit> add)
    {
        foreach (string line in Lines(text))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0 || !line.AsSpan(0, space).Contains(':'))
                continue;
            string device = line[..space];
            limits[device] = add(limits.GetValueOrDefault(device) ?? new CgroupIoLimit { Device = device }, line);
        }
    }
}
