using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>What <c>process</c> and <c>linux</c> say about scheduling, memory, limits and labels of the program; it keeps them over execve(2).</summary>
internal static class ProcessAttributes
{
    /// <summary>Sets what takes privilege, before the user changes.</summary>
    /// <param name="spec">The config.</param>
    /// <exception cref="SyscallException">The kernel refuses it; the detail has the JSON path.</exception>
    public static void Apply(RuntimeSpec spec)
    {
        ProcessSpec process = spec.Process!;
        if (process.Scheduler is { } scheduler)
            SetScheduler(scheduler);
        if (process.IoPriority is { } priority && !IoPriorityClass.TryWrite(IoPriorityClass.NumberOf(priority.Class), priority.Priority))
            throw Failure("ioprio_set", $"{priority.Class} {priority.Priority}", "$.process.ioPriority");
        if (spec.Linux?.MemoryPolicy is { } policy)
            SetMemoryPolicy(policy);
        if (spec.Linux?.Personality is { } personality && !ExecutionDomain.TryWrite(ExecutionDomain.NumberOf(personality.Domain)))
            throw Failure("personality", personality.Domain, "$.linux.personality");
        if (process.SelinuxLabel is { } label)
            WriteAttribute(label, "$.process.selinuxLabel");
        else if (process.ApparmorProfile is { } profile && profile != "unconfined")
            WriteAttribute($"exec {profile}", "$.process.apparmorProfile");
        for (int i = 0; i < (process.Rlimits?.Count ?? 0); i++)
            RequireLimit(process.Rlimits![i], i);
    }

    /// <summary>Sets the limits: last, because they may leave too little for what comes before.</summary>
    /// <param name="limits">The limits.</param>
    /// <exception cref="SyscallException">The kernel refuses one.</exception>
    public static void ApplyLimits(IReadOnlyList<RlimitSpec> limits)
    {
        for (int i = 0; i < limits.Count; i++)
        {
            if (!ResourceLimit.TryWrite(ResourceLimit.NumberOf(limits[i].Type), limits[i].Soft, limits[i].Hard))
                throw LimitFailure(limits[i], i);
        }
    }

    // To lower one takes no privilege. Whether it could be raised the outer stage has tried.
    private static void RequireLimit(RlimitSpec limit, int index)
    {
        int number = ResourceLimit.NumberOf(limit.Type);
        (ulong soft, ulong hard) = ResourceLimit.Read(number);
        if (limit.Hard > hard && !ResourceLimit.TryWrite(number, soft, limit.Hard))
            throw LimitFailure(limit, index);
    }

    private static SyscallException LimitFailure(RlimitSpec limit, int index) =>
        Failure("prlimit", $"{limit.Type} {limit.Soft} {limit.Hard}", $"$.process.rlimits[{index}]");

    private static void SetScheduler(SchedulerSpec scheduler)
    {
        ulong flags = 0;
        foreach (string flag in scheduler.Flags ?? [])
            flags |= SchedulingPolicy.FlagOf(flag);
        var attributes = new SchedulingAttributes
        {
            Policy = (uint)SchedulingPolicy.NumberOf(scheduler.Policy),
            Flags = flags,
            Nice = scheduler.Nice,
            Priority = (uint)scheduler.Priority,
            Runtime = scheduler.Runtime,
            Deadline = scheduler.Deadline,
            Period = scheduler.Period,
        };
        if (!SchedulingPolicy.TryWrite(attributes))
            throw Failure("sched_setattr", scheduler.Policy, "$.process.scheduler");
    }

    private static void SetMemoryPolicy(MemoryPolicySpec policy)
    {
        int mode = MemoryPolicyMode.NumberOf(policy.Mode);
        foreach (string flag in policy.Flags ?? [])
            mode |= MemoryPolicyMode.FlagOf(flag);
        IReadOnlyList<int> nodes = policy.Nodes is null ? [] : NumberList.TryParse(policy.Nodes)!;
        if (!MemoryPolicyMode.TryWrite(mode, nodes))
            throw Failure("set_mempolicy", $"{policy.Mode} {policy.Nodes}".TrimEnd(), "$.linux.memoryPolicy");
    }

    // proc_pid_attr(5): it takes effect with the next execve(2).
    private static void WriteAttribute(string value, string path)
    {
        try
        {
            using ProcFileSystem proc = ProcFileSystem.Open();
            proc.Write("thread-self/attr/exec", value);
        }
        catch (SyscallException failure)
        {
            throw new SyscallException(failure.Syscall, failure.Number, value, $"config {path}");
        }
    }

    private static SyscallException Failure(string syscall, string subject, string path) => new(syscall, errno, subject, $"config {path}");
}
