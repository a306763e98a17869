using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Oci;

/// <summary>Checks a <see cref="ProcessSpec"/> (config.md, "Process").</summary>
internal static class ProcessSpecValidator
{
    public static void Validate(string path, ProcessSpec process, bool needsProgram, List<string> warnings)
    {
        if (needsProgram && process.Args.Count == 0)
            throw new RuntimeSpecException($"{path}.args", "it is missing or empty, and there is a program to run");
        SpecCheck.NoNulItems($"{path}.args", process.Args);
        if (process.Args.Count > 0)
            SpecCheck.Text($"{path}.args[0]", process.Args[0]);
        SpecCheck.Environment($"{path}.env", process.Env);
        SpecCheck.Absolute($"{path}.cwd", process.Cwd);
        ValidateUser($"{path}.user", process.User);
        // config.md: without a terminal it is ignored.
        if (process.Terminal && process.ConsoleSize is { } size)
        {
            SpecCheck.Range($"{path}.consoleSize.height", size.Height, 0, ushort.MaxValue);
            SpecCheck.Range($"{path}.consoleSize.width", size.Width, 0, ushort.MaxValue);
        }
        if (process.Capabilities is { } capabilities)
            ValidateCapabilities($"{path}.capabilities", capabilities, warnings);
        ValidateLimits($"{path}.rlimits", process.Rlimits ?? []);
        SpecCheck.NoNul($"{path}.apparmorProfile", process.ApparmorProfile);
        SpecCheck.NoNul($"{path}.selinuxLabel", process.SelinuxLabel);
        if (process.OomScoreAdj is { } adjustment)
            SpecCheck.Range($"{path}.oomScoreAdj", adjustment, -1000, 1000);
        if (process.Scheduler is { } scheduler)
            ValidateScheduler($"{path}.scheduler", scheduler);
        if (process.IoPriority is { } priority)
        {
            SpecCheck.OneOf($"{path}.ioPriority.class", priority.Class, IoPriorityClass.Names);
            SpecCheck.Range($"{path}.ioPriority.priority", priority.Priority, 0, 7);
        }
        ValidateCpus($"{path}.execCPUAffinity.initial", process.ExecCpuAffinity?.Initial);
        ValidateCpus($"{path}.execCPUAffinity.final", process.ExecCpuAffinity?.Final);
    }

    private static void ValidateUser(string path, UserSpec user)
    {
        // -1 to setresuid(2) and setresgid(2), which change nothing then: the program would run as root.
        if (user.Uid == uint.MaxValue)
            throw new RuntimeSpecException($"{path}.uid", "4294967295 is no user ID");
        if (user.Gid == uint.MaxValue)
            throw new RuntimeSpecException($"{path}.gid", "4294967295 is no group ID");
        if (user.Umask is { } umask)
            SpecCheck.Range($"{path}.umask", umask, 0, 0b111_111_111);
        for (int i = 0; i < (user.AdditionalGids?.Count ?? 0); i++)
        {
            if (user.AdditionalGids![i] == uint.MaxValue)
                throw new RuntimeSpecException(JsonPath.Item($"{path}.additionalGids", i), "4294967295 is no group ID");
        }
    }

    // config.md: what cannot be granted is no failure, but must be warned of.
    private static void ValidateCapabilities(string path, CapabilitiesSpec capabilities, List<string> warnings)
    {
        Warn("bounding", capabilities.Bounding);
        Warn("effective", capabilities.Effective);
        Warn("inheritable", capabilities.Inheritable);
        Warn("permitted", capabilities.Permitted);
        Warn("ambient", capabilities.Ambient);

        void Warn(string set, IReadOnlyList<string>? names)
        {
            foreach (string name in names ?? [])
            {
                if (CapabilityName.NumberOf(name) < 0)
                    warnings.Add($"config {path}.{set}: '{name}' is no capability, and is ignored.");
            }
        }
    }

    private static void ValidateLimits(string path, IReadOnlyList<RlimitSpec> limits)
    {
        for (int i = 0; i < limits.Count; i++)
        {
            string item = JsonPath.Item(path, i);
            SpecCheck.OneOf($"{item}.type", limits[i].Type, ResourceLimit.Names);
            if (limits[i].Soft > limits[i].Hard)
                throw new RuntimeSpecException($"{item}.soft", $"{limits[i].Soft} is above the hard limit {limits[i].Hard}");
            for (int other = 0; other < i; other++)
            {
                if (limits[other].Type == limits[i].Type)
                    throw new RuntimeSpecException($"{item}.type", $"'{limits[i].Type}' is there twice");
            }
        }
    }

    // sched_setattr(2); sched(7), "Scheduling policies".
    private static void ValidateScheduler(string path, SchedulerSpec scheduler)
    {
        SpecCheck.OneOf($"{path}.policy", scheduler.Policy, SchedulingPolicy.Policies);
        SpecCheck.AllOf($"{path}.flags", scheduler.Flags, SchedulingPolicy.Flags);
        SpecCheck.Range($"{path}.nice", scheduler.Nice, -20, 19);
        int policy = SchedulingPolicy.NumberOf(scheduler.Policy);
        if (policy is SchedulingPolicy.Fifo or SchedulingPolicy.RoundRobin)
            SpecCheck.Range($"{path}.priority", scheduler.Priority, 1, 99);
        else if (scheduler.Priority != 0)
            throw new RuntimeSpecException($"{path}.priority", $"{scheduler.Policy} has no static priority, only SCHED_FIFO and SCHED_RR have");
        if (policy != SchedulingPolicy.Deadline && (scheduler.Runtime | scheduler.Deadline | scheduler.Period) != 0)
            throw new RuntimeSpecException(path, $"runtime, deadline and period are for SCHED_DEADLINE, not for {scheduler.Policy}");
    }

    private static void ValidateCpus(string path, string? list)
    {
        if (list is not null && NumberList.TryParse(list) is null)
            throw new RuntimeSpecException(path, $"'{list}' is no list of CPUs such as 0-3,7");
    }
}
