using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Resources;
using NsTools.Module.Cgroups;

namespace NsTools.Module.Containers;

/// <summary>Set-Container: changes the limits of containers, while they run too.</summary>
[Cmdlet(VerbsCommon.Set, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(Container))]
public sealed class SetContainerCommand : ContainerCmdlet
{
    /// <summary>Most memory: 200MB, 1.5GiB, a number of bytes; swap is not to be had on top, without -MemorySwap.</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(1, long.MaxValue)]
    public long Memory { get; set; }

    /// <summary>Memory that it keeps when the host is short of it.</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(1, long.MaxValue)]
    public long MemoryReservation { get; set; }

    /// <summary>Most memory and swap together.</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(1, long.MaxValue)]
    public long MemorySwap { get; set; }

    /// <summary>Most processor time, in cores.</summary>
    [Parameter]
    [CoreCountTransformation]
    [ValidateRange(0.01, double.PositiveInfinity)]
    public double Cpu { get; set; }

    /// <summary>Its share of processor time where there is not enough for all; 1024 is the usual.</summary>
    [Parameter]
    [ValidateRange(2, 262144)]
    public int CpuShare { get; set; }

    /// <summary>The CPUs that it may run on: 0-3,7.</summary>
    [Parameter]
    [ValidatePattern(@"\A\d+(-\d+)?(,\d+(-\d+)?)*\z")]
    public string? CpuSet { get; set; }

    /// <summary>The memory nodes that it may use: 0-1.</summary>
    [Parameter]
    [ValidatePattern(@"\A\d+(-\d+)?(,\d+(-\d+)?)*\z")]
    public string? MemoryNode { get; set; }

    /// <summary>Most processes and threads; 0 for no limit.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long PidsLimit { get; set; }

    /// <summary>Its share of block I/O: 10 to 1000.</summary>
    [Parameter]
    [ValidateRange(10, 1000)]
    public int BlockIoWeight { get; set; }

    /// <summary>Returns the containers.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Container container)
    {
        ContainerLimits limits = new()
        {
            Memory = Given(nameof(Memory), Memory),
            MemoryReservation = Given(nameof(MemoryReservation), MemoryReservation),
            MemorySwap = Given(nameof(MemorySwap), MemorySwap),
            Cpu = IsGiven(nameof(Cpu)) ? Cpu : null,
            CpuShare = IsGiven(nameof(CpuShare)) ? (ulong)CpuShare : null,
            CpuSet = CpuSet,
            MemoryNodes = MemoryNode,
            PidsLimit = IsGiven(nameof(PidsLimit)) ? PidsLimit == 0 ? -1 : PidsLimit : null,
            BlockIoWeight = IsGiven(nameof(BlockIoWeight)) ? (ushort)BlockIoWeight : null,
        };
        if (limits == new ContainerLimits())
            throw new NsToolsException(FailureKind.InvalidArgument, "NothingToSet", "No limit was given.", "Give one, such as -Memory 200MB or -Cpu 0.5.");
        if (!ShouldProcess(container.Name, ContainerShellCommand.Join(["update", .. limits.ToPodmanArguments(), container.Name])))
            return;
        new ContainerUpdater(Store).Update(container, limits, StopToken);
        if (PassThru)
            WriteObject(Store.Get(container.Id));
    }

    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    // What is no limit is -1 for the kernel's interface (config-linux.md, "Memory").
    private long? Given(string parameter, long value) => IsGiven(parameter) ? value == long.MaxValue ? -1 : value : null;
}
