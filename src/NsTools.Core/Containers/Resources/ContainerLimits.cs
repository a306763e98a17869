using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Oci;

namespace NsTools.Containers.Resources;

/// <summary>Limits to be changed; null leaves one as it is, -1 takes it away.</summary>
public sealed record ContainerLimits
{
    /// <summary>Most memory in bytes.</summary>
    public long? Memory { get; init; }

    /// <summary>Memory in bytes below which it is brought when the host is short of it.</summary>
    public long? MemoryReservation { get; init; }

    /// <summary>Most memory and swap together in bytes; null for as much as memory, when that is given.</summary>
    public long? MemorySwap { get; init; }

    /// <summary>Most processor time in cores; -1 for no limit.</summary>
    public double? Cpu { get; init; }

    /// <summary>Its share of processor time when there is not enough, 2 to 262144; 1024 is the usual.</summary>
    public ulong? CpuShare { get; init; }

    /// <summary>The CPUs that it may run on, such as <c>0-3,7</c>.</summary>
    public string? CpuSet { get; init; }

    /// <summary>The memory nodes that it may use.</summary>
    public string? MemoryNodes { get; init; }

    /// <summary>Most processes and threads.</summary>
    public long? PidsLimit { get; init; }

    /// <summary>Its share of block I/O, 10 to 1000.</summary>
    public ushort? BlockIoWeight { get; init; }

    /// <summary>The options of <c>nsrun update</c> and <c>runc update</c>.</summary>
    internal IReadOnlyList<string> ToArguments()
    {
        List<string> arguments = [];
        Add("--memory", Memory);
        Add("--memory-swap", MemorySwap ?? Memory);
        Add("--memory-reservation", MemoryReservation);
        if (Cpu is { } cores)
        {
            Add("--cpu-period", ContainerSpecBuilder.CpuPeriod);
            Add("--cpu-quota", QuotaOf(cores));
        }
        Add("--cpu-share", CpuShare);
        Add("--cpuset-cpus", CpuSet);
        Add("--cpuset-mems", MemoryNodes);
        Add("--pids-limit", PidsLimit);
        Add("--blkio-weight", BlockIoWeight);
        return arguments;

        void Add(string name, IConvertible? value)
        {
            if (value is not null)
                arguments.AddRange([name, value.ToString(CultureInfo.InvariantCulture)]);
        }
    }

    /// <summary>The options of <c>podman update</c>, which has cores in place of a quota.</summary>
    public IReadOnlyList<string> ToPodmanArguments() => [.. (this with { Cpu = null }).ToArguments().Select(word => word == "--cpu-share" ? "--cpu-shares" : word), .. Cpu is { } cores ? (string[])["--cpus", cores.ToString(CultureInfo.InvariantCulture)] : []];

    /// <summary>The limits of a config with these changed.</summary>
    internal ResourcesSpec Apply(ResourcesSpec resources)
    {
        MemoryResourcesSpec memory = resources.Memory ?? new();
        CpuResourcesSpec cpu = resources.Cpu ?? new();
        memory = memory with { Limit = Memory ?? memory.Limit, Swap = MemorySwap ?? Memory ?? memory.Swap, Reservation = MemoryReservation ?? memory.Reservation };
        cpu = cpu with
        {
            Period = Cpu is null ? cpu.Period : ContainerSpecBuilder.CpuPeriod,
            Quota = Cpu is { } cores ? QuotaOf(cores) : cpu.Quota,
            Shares = CpuShare ?? cpu.Shares,
            Cpus = CpuSet ?? cpu.Cpus,
            Mems = MemoryNodes ?? cpu.Mems,
        };
        return resources with
        {
            Memory = memory == new MemoryResourcesSpec() ? null : memory,
            Cpu = cpu == new CpuResourcesSpec() ? null : cpu,
            Pids = PidsLimit is { } limit ? new PidsResourcesSpec { Limit = limit } : resources.Pids,
            BlockIo = BlockIoWeight is { } weight ? (resources.BlockIo ?? new()) with { Weight = weight } : resources.BlockIo,
        };
    }

    private static long QuotaOf(double cores) => cores < 0 || double.IsInfinity(cores) ? -1 : (long)(cores * ContainerSpecBuilder.CpuPeriod);
}

/// <summary>Changes the limits of containers, while they run too: <c>podman update</c>.</summary>
/// <param name="store">Where they are.</param>
public sealed class ContainerUpdater(ContainerStore store)
{
    /// <summary>Changes limits: at once when it runs, and for all later starts.</summary>
    /// <param name="container">The container.</param>
    /// <param name="limits">What to change.</param>
    /// <param name="cancellation">Ends waiting for others that work on it.</param>
    /// <exception cref="NsToolsException">The kernel refuses a limit (<c>ContainerRuntimeFailed</c>): then nothing has changed for later starts.</exception>
    public void Update(Container container, ContainerLimits limits, CancellationToken cancellation)
    {
        using SafeFileHandle entry = store.LockContainer(container.Id, cancellation);
        string path = Path.Join(store.PathOf(container.Id), "config.json");
        RuntimeSpec spec = RuntimeSpecJson.Deserialize(File.ReadAllBytes(path));
        RuntimeSpec changed = spec with { Linux = spec.Linux! with { Resources = limits.Apply(spec.Linux.Resources ?? new ResourcesSpec()) } };
        RuntimeSpecValidator.Validate(changed, needsProcess: true);
        if (store.Runtime.State(container.Id) is { Status: "running" or "paused" })
            store.Runtime.Run(["update", .. limits.ToArguments(), container.Id]);
        AtomicFile.Write(path, RuntimeSpecJson.Serialize(changed));
    }
}
