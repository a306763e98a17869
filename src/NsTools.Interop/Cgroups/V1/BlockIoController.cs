using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups.V1;

/// <summary>v1 <c>blkio</c> (cgroup-v1/blkio-controller.rst).</summary>
public sealed class BlockIoController : CgroupController
{
    private const string ReadBytes = "blkio.throttle.read_bps_device";
    private const string WriteBytes = "blkio.throttle.write_bps_device";
    private const string ReadOperations = "blkio.throttle.read_iops_device";
    private const string WriteOperations = "blkio.throttle.write_iops_device";

    // BFQ's file, and the one that CFQ had until Linux 5.0.
    private static readonly string[] s_weightFiles = ["blkio.bfq.weight", "blkio.weight"];

    /// <inheritdoc/>
    public override string Name => "blkio";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V1;

    /// <inheritdoc/>
    public override CgroupSetting Settings => CgroupSetting.IoWeight | CgroupSetting.Io | CgroupSetting.IoDeviceWeight;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        if (wanted.IoWeight is { } weight)
            cgroup.Write(WeightFile(cgroup), Number(IoWeight.ToThousand(weight)));
        foreach (CgroupIoLimit limit in wanted.Io ?? [])
        {
            Throttle(cgroup, ReadBytes, limit.Device, limit.ReadBytes);
            Throttle(cgroup, WriteBytes, limit.Device, limit.WriteBytes);
            Throttle(cgroup, ReadOperations, limit.Device, limit.ReadOperations);
            Throttle(cgroup, WriteOperations, limit.Device, limit.WriteOperations);
            if (limit.Weight is { } ofDevice)
                cgroup.Write(WeightFile(cgroup) + "_device", $"{limit.Device} {IoWeight.ToThousand(ofDevice)}");
        }
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources)
    {
        Dictionary<string, CgroupIoLimit> limits = [];
        Collect(cgroup, ReadBytes, limits, (limit, value) => limit with { ReadBytes = value });
        Collect(cgroup, WriteBytes, limits, (limit, value) => limit with { WriteBytes = value });
        Collect(cgroup, ReadOperations, limits, (limit, value) => limit with { ReadOperations = value });
        Collect(cgroup, WriteOperations, limits, (limit, value) => limit with { WriteOperations = value });
        string weightFile = WeightFile(cgroup);
        Collect(cgroup, weightFile + "_device", limits, (limit, value) => limit with { Weight = IoWeight.FromThousand(value) });
        return resources with
        {
            IoWeight = Value(cgroup.TryRead(weightFile)) is { } weight ? IoWeight.FromThousand(weight) : null,
            Io = [.. limits.Values],
        };
    }

    /// <inheritdoc/>
    public override CgroupCounters Count(CgroupDirectory cgroup, CgroupCounters counters)
    {
        (long? readBytes, long? writeBytes) = Sum(cgroup.TryRead("blkio.throttle.io_service_bytes_recursive"));
        (long? reads, long? writes) = Sum(cgroup.TryRead("blkio.throttle.io_serviced_recursive"));
        return counters with { IoReadBytes = readBytes, IoWriteBytes = writeBytes, IoReadOperations = reads, IoWriteOperations = writes };
    }

    private static string WeightFile(CgroupDirectory cgroup) =>
        Array.Find(s_weightFiles, cgroup.Has) ?? s_weightFiles[0];

    private static void Throttle(CgroupDirectory cgroup, string file, string device, long? value)
    {
        // 0 takes the rule away.
        if (value is { } limit)
            cgroup.Write(file, $"{device} {(limit == Unlimited ? "0" : Number(limit))}");
    }

    private static void Collect(
        CgroupDirectory cgroup, string file, Dictionary<string, CgroupIoLimit> limits, Func<CgroupIoLimit, long, CgroupIoLimit> add)
    {
        foreach (string line in Lines(cgroup.TryRead(file)))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0 || !line.AsSpan(0, space).Contains(':') || Value(line.AsSpan(space + 1)) is not { } value)
                continue; // "default 100"
            string device = line[..space];
            limits[device] = add(limits.GetValueOrDefault(device) ?? new CgroupIoLimit { Device = device }, value);
        }
    }

    // "254:0 Read 4096", a line each for Read, Write, Sync, Async, Discard, Total, and a grand total.
    private static (long? Read, long? Write) Sum(string? text)
    {
        if (text is null)
            return (null, null);
        long read = 0, write = 0;
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = text.AsSpan()[range];
            int at = line.LastIndexOf(' ');
            if (at < 0)
                continue;
            if (line[..at].EndsWith(" Read"))
                read += Value(line[(at + 1)..]) ?? 0;
            else if (line[..at].EndsWith(" Write"))
                write += Value(line[(at + 1)..]) ?? 0;
        }
        return (read, write);
    }
}
