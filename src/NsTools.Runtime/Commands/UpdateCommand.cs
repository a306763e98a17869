using System.Globalization;
using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Runtime.Commands.Options;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun update</c>: limits of a container that is there; those that are not named stay.</summary>
internal static class UpdateCommand
{
    public static Command Command => new(
        new CommandSyntax(
            "update",
            "CONTAINER",
            "Changes the limits of a container.",
            new Option("resources", "FILE", "linux.resources as JSON, '-' for standard input; the other options are then ignored", 'r'),
            new Option("blkio-weight", "WEIGHT", "share of I/O, 10 to 1000"),
            new Option("cpu-period", "MICROSECONDS", "period of the CPU quota"),
            new Option("cpu-quota", "MICROSECONDS", "CPU time in a period, -1 for no limit"),
            new Option("cpu-burst", "MICROSECONDS", "CPU time that may be saved up"),
            new Option("cpu-share", "SHARES", "share of CPU time"),
            new Option("cpu-rt-period", "MICROSECONDS", "period of real-time scheduling"),
            new Option("cpu-rt-runtime", "MICROSECONDS", "real-time CPU time in a period"),
            new Option("cpu-idle", "0|1", "idle scheduling"),
            new Option("cpuset-cpus", "LIST", "CPUs"),
            new Option("cpuset-mems", "LIST", "memory nodes"),
            new Option("memory", "BYTES", "memory limit, -1 for none"),
            new Option("memory-reservation", "BYTES", "soft memory limit"),
            new Option("memory-swap", "BYTES", "limit of memory and swap together, -1 for none"),
            new Option("kernel-memory", "BYTES", "limit of kernel memory"),
            new Option("kernel-memory-tcp", "BYTES", "limit of TCP buffers"),
            new Option("pids-limit", "NUMBER", "limit of processes, -1 for none"))
        {
            Minimum = 1,
            Maximum = 1,
        },
        Run);

    private static int Run(GlobalOptions global, Arguments arguments)
    {
        Container container = global.Store.Find(arguments.Operands[0]);
        ContainerRecord record = container.Read();
        ResourcesSpec resources = arguments["resources"] is { } file ? Read(file) : Make(arguments);
        RuntimeSpecValidator.ValidateResources(resources);
        ContainerStatus status = container.Status(record);
        if (status == ContainerStatus.Stopped)
            throw new ContainerException($"cannot update container '{container.Id}': it is {ContainerStatusName.Of(status)}");
        if (record.Cgroup is not { Directories.Count: > 0 } found)
            throw new ContainerException($"cannot update container '{container.Id}': it has no cgroup of its own");
        using ContainerCgroup cgroup = ContainerCgroup.Open(found);
        cgroup.Set(resources, CallerIdentity.IsHostRoot);
        return 0;
    }

    private static ResourcesSpec Read(string file) =>
        RuntimeSpecJson.DeserializeResources(HostFile.ReadAll(file == "-" ? "/dev/stdin" : file));

    private static ResourcesSpec Make(Arguments arguments) => new()
    {
        Memory = new MemoryResourcesSpec
        {
            Limit = Bytes(arguments, "memory"),
            Reservation = Bytes(arguments, "memory-reservation"),
            Swap = Bytes(arguments, "memory-swap"),
            Kernel = Bytes(arguments, "kernel-memory"),
            KernelTcp = Bytes(arguments, "kernel-memory-tcp"),
        },
        Cpu = new CpuResourcesSpec
        {
            Period = Unsigned(arguments, "cpu-period"),
            Quota = Signed(arguments, "cpu-quota"),
            Burst = Unsigned(arguments, "cpu-burst"),
            Shares = Unsigned(arguments, "cpu-share"),
            RealtimePeriod = Unsigned(arguments, "cpu-rt-period"),
            RealtimeRuntime = Signed(arguments, "cpu-rt-runtime"),
            Idle = Signed(arguments, "cpu-idle"),
            Cpus = arguments["cpuset-cpus"],
            Mems = arguments["cpuset-mems"],
        },
        Pids = Signed(arguments, "pids-limit") is { } limit ? new PidsResourcesSpec { Limit = limit } : null,
        BlockIo = arguments.Number("blkio-weight", 0, 1000) is { } weight and not 0 ? new BlockIoResourcesSpec { Weight = (ushort)weight } : null,
    };

    private static long? Bytes(Arguments arguments, string name) => arguments[name] is { } text ? ByteSize.Parse(text, name) : null;

    private static long? Signed(Arguments arguments, string name)
    {
        if (arguments[name] is not { } text)
            return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new UsageException($"update: option '--{name}' is a whole number, not '{text}'");
    }

    private static ulong? Unsigned(Arguments arguments, string name)
    {
        if (arguments[name] is not { } text)
            return null;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw new UsageException($"update: option '--{name}' is a whole number, 0 or more, not '{text}'");
    }
}
