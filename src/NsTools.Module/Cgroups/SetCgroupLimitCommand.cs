using System.Collections;
using System.Globalization;
using System.Management.Automation;
using NsTools.Cgroups;
using NsTools.Interop.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>Set-CgroupLimit: sets limits of cgroups, in one vocabulary for v1 and v2, and returns what the kernel made of them.</summary>
[Cmdlet(VerbsCommon.Set, "CgroupLimit", SupportsShouldProcess = true)]
[OutputType(typeof(CgroupLimit))]
public sealed partial class SetCgroupLimitCommand : CgroupCmdlet
{
    private CgroupResources? _wanted;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Bad arguments are no item's fault: they end the command before it changes anything.
        try
        {
            _wanted = ToResources();
        }
        catch (NsToolsException failure)
        {
            ThrowTerminatingError(Common.Failure.ToErrorRecord(failure, null));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachCgroup(Cgroup, handle =>
    {
        if (ShouldProcess(Describe(handle), handle.Path, "Set-CgroupLimit"))
            WriteObject(CgroupLimits.Set(handle, _wanted!, Force));
    });

    private CgroupResources ToResources()
    {
        CgroupResources wanted = new()
        {
            Memory = Memory,
            MemoryHigh = MemoryHigh,
            MemoryLow = MemoryLow,
            MemoryMin = MemoryMin,
            Swap = Swap,
            Swappiness = Swappiness,
            OomGroup = OomGroup,
            Cpu = Cpu,
            CpuPeriod = CpuPeriod,
            CpuBurst = CpuBurst,
            CpuWeight = CpuWeight,
            CpuIdle = CpuIdle,
            CpuSet = CpuSet,
            MemoryNodes = MemoryNodes,
            Pids = Pids,
            IoWeight = IoDevice.Length == 0 ? IoWeight : null,
            Io = ToIoLimits() is { } io ? [.. io] : null,
            HugePage = HugePage is null ? null : [.. Pairs(HugePage).Select(pair => new CgroupHugePageLimit(PageSize(pair.Key), Count(pair.Value)))],
            Rdma = Rdma is null ? null : [.. Pairs(Rdma).Select(ToRdmaLimit)],
            Device = ToDeviceRules() is { } rules ? [.. rules] : null,
            NetworkClass = NetworkClass,
            NetworkPriority = NetworkPriority is null ? null : [.. Pairs(NetworkPriority).Select(pair => new CgroupNetworkPriority(pair.Key, checked((uint)Count(pair.Value))))],
        };
        return wanted.Given() != CgroupSetting.None ? wanted : throw new NsToolsException(
            FailureKind.InvalidArgument, "NoLimitGiven", "No limit was given.", "Name at least one, such as -Memory 200MB.");
    }

    private CgroupIoLimit[]? ToIoLimits()
    {
        bool isAny = IoReadBytes is not null || IoWriteBytes is not null || IoReadOperations is not null || IoWriteOperations is not null || IoLatency is not null;
        if (isAny && IoDevice.Length == 0)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "IoDeviceMissing", "Block I/O is limited by disk, and none was named.", "Add -IoDevice, such as -IoDevice /dev/sda.");
        }
        if (IoDevice.Length > 0 && !isAny && IoWeight is null)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "NoLimitGiven", "-IoDevice was given, and no limit for it.", "Add -IoReadBytes, -IoWriteBytes, -IoReadOperations, -IoWriteOperations, -IoWeight or -IoLatency.");
        }
        return IoDevice.Length == 0 ? null :
        [
            .. IoDevice.Select(device => new CgroupIoLimit
            {
                Device = BlockDevice.Number(device),
                ReadBytes = IoReadBytes,
                WriteBytes = IoWriteBytes,
                ReadOperations = IoReadOperations,
                WriteOperations = IoWriteOperations,
                Weight = IoWeight,
                Latency = IoLatency,
            }),
        ];
    }

    private CgroupDeviceRule[]? ToDeviceRules()
    {
        if (AllowDevice is null && DenyDevice is null)
            return null;
        return [.. Rules(DenyDevice, allow: false), .. Rules(AllowDevice, allow: true)];

        static IEnumerable<CgroupDeviceRule> Rules(string[]? texts, bool allow) => (texts ?? []).Select(text =>
            CgroupDeviceRule.TryParse(text, allow) ?? throw new NsToolsException(
                FailureKind.InvalidArgument, "InvalidDeviceRule", $"'{text}' is no device rule.", "Give a for all, or type, numbers and access: 'c 1:3 rwm', 'b 8:* r'."));
    }

    private static CgroupRdmaLimit ToRdmaLimit(KeyValuePair<string, object?> pair) => pair.Value is IDictionary limits
        ? new CgroupRdmaLimit(
            pair.Key,
            limits.Contains("Handles") ? Count(limits["Handles"]) : null,
            limits.Contains("Objects") ? Count(limits["Objects"]) : null)
        : throw new NsToolsException(
            FailureKind.InvalidArgument, "InvalidRdmaLimit", $"The limits of '{pair.Key}' are no hash table.", "Give @{ mlx5_0 = @{ Handles = 2; Objects = 2000 } }.");

    private static string PageSize(string text)
    {
        string wanted = text.Replace("iB", "B", StringComparison.OrdinalIgnoreCase).ToUpperInvariant();
        return HugePageController.PageSizes.Contains(wanted) ? wanted : throw new NsToolsException(
            FailureKind.NotFound, "PageSizeNotFound", $"This machine has no huge pages of {text}.", $"It has: {string.Join(", ", HugePageController.PageSizes)}.");
    }

    private static IEnumerable<KeyValuePair<string, object?>> Pairs(IDictionary table)
    {
        foreach (DictionaryEntry entry in table)
            yield return new(Convert.ToString(entry.Key, CultureInfo.InvariantCulture)!, entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value);
    }

    private static long Count(object? value)
    {
        object? inner = value is PSObject wrapped ? wrapped.BaseObject : value;
        try
        {
            return inner is string text ? ByteSizeTransformationAttribute.Parse(text) : Convert.ToInt64(inner, CultureInfo.InvariantCulture);
        }
        catch (Exception unusable) when (unusable is FormatException or InvalidCastException or OverflowException or ArgumentTransformationMetadataException)
        {
            throw new NsToolsException(FailureKind.InvalidArgument, "InvalidLimit", $"'{inner}' is no limit.", "Give a number, a size such as 64MB, or Unlimited.", unusable);
        }
    }

    // The parameters that were given, as the shell would write them.
    private string Describe(CgroupHandle handle)
    {
        IEnumerable<string> values = MyInvocation.BoundParameters
            .Where(pair => pair.Key is not (nameof(Cgroup) or nameof(Force) or "WhatIf" or "Confirm" or "Verbose" or "ErrorAction" or "ErrorVariable" or "OutVariable"))
            .Select(pair => $"{pair.Key}={Text(pair.Value)}");
        return $"echo {string.Join(' ', values)} > {ShellPath(handle.Path)}/…";
    }

    private static string Text(object? value) => value switch
    {
        long.MaxValue => "max",
        IDictionary table => string.Join(',', Pairs(table).Select(pair => $"{pair.Key}:{Text(pair.Value)}")),
        _ => LanguagePrimitives.ConvertTo<string>(value),
    };
}
