using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Xunit;

namespace NsTools.Tests.Runtime;

/// <summary>What a config says about the process, as the process itself, <c>/proc</c> and util-linux see it.</summary>
public sealed class ProcessAttributesTests
{
    private const uint Nobody = 65534;

    [RootFact]
    public void Capabilities_are_those_of_the_config()
    {
        var capabilities = new CapabilitiesSpec
        {
            Bounding = ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"],
            Permitted = ["CAP_CHOWN", "CAP_KILL"],
            Effective = ["CAP_CHOWN"],
            Inheritable = ["CAP_KILL"],
            Ambient = ["CAP_KILL"],
        };
        Dictionary<string, string> status = Status(p => p with { Capabilities = capabilities, User = new UserSpec { Uid = Nobody, Gid = Nobody } });
        Assert.Equal("0000000000002021", status["CapBnd"]);
        // An ordinary user's program gets what is ambient (capabilities(7), "Transformation of capabilities during execve()").
        foreach (string set in new[] { "CapPrm", "CapEff", "CapInh", "CapAmb" })
            Assert.Equal("0000000000000020", status[set]);
    }

    [RootFact]
    public void Root_has_no_more_than_the_bounding_set_and_nothing_to_inherit()
    {
        Dictionary<string, string> status = Status(p => p with
        {
            Capabilities = new CapabilitiesSpec { Bounding = ["CAP_CHOWN"], Permitted = ["CAP_CHOWN"], Effective = ["CAP_CHOWN"] },
        });
        Assert.Equal(["0000000000000001", "0000000000000001", "0000000000000001"], new[] { status["CapBnd"], status["CapPrm"], status["CapEff"] });
        Assert.Equal(["0000000000000000", "0000000000000000"], new[] { status["CapInh"], status["CapAmb"] });
    }

    [RootFact]
    public void Without_capabilities_in_the_config_nothing_is_inheritable()
    {
        // CVE-2022-29162
        Dictionary<string, string> status = Status(p => p);
        Assert.Equal(["0000000000000000", "0000000000000000"], new[] { status["CapInh"], status["CapAmb"] });
    }

    [RootFact]
    public void Groups_are_those_of_the_config_and_no_others()
    {
        Dictionary<string, string> none = Status(p => p with { User = new UserSpec { Uid = 1, Gid = 2 } });
        Assert.Equal(("1\t1\t1\t1", "2\t2\t2\t2", ""), (none["Uid"], none["Gid"], none["Groups"].Trim()));
        Assert.Equal("7 8", Status(p => p with { User = new UserSpec { AdditionalGids = [7, 8] } })["Groups"].Trim());
    }

    [Fact]
    public void Umask_limits_and_score_are_set()
    {
        LaunchOutput result = Shell(
            p => p with
            {
                User = new UserSpec { Umask = 0b000_111_000 },
                Rlimits = [new() { Type = "RLIMIT_NOFILE", Soft = 17, Hard = 23 }, new() { Type = "RLIMIT_CORE", Soft = 0, Hard = 0 }],
                OomScoreAdj = 321,
            },
            "umask; cat /proc/self/oom_score_adj; grep -E 'open files|core' /proc/self/limits");
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["0070", "321"], lines[..2]);
        Assert.Matches(@"^Max core file size +0 +0 +bytes", lines[2]);
        Assert.Matches(@"^Max open files +17 +23 +files", lines[3]);
    }

    [Fact]
    public void Score_of_a_new_user_namespace_is_set_and_the_callers_stays()
    {
        RuntimeSpec spec = Launch.Spec(null, ["user"], "/bin/cat", "/proc/self/oom_score_adj");
        Assert.Equal("9\n", Launch.Run(spec with { Process = spec.Process! with { OomScoreAdj = 9 } }).Output);
        Assert.Equal("9\n", Launch.Run(spec with { Process = spec.Process! with { OomScoreAdj = 9 } }).Output);
    }

    [ResourceFact]
    public void Limits_and_score_of_a_new_user_namespace_are_the_callers_to_give()
    {
        RuntimeSpec spec = Launch.Spec(null, ["user"], "/bin/sh", "-c", "cat /proc/self/oom_score_adj; grep 'pending signals' /proc/self/limits");
        LaunchOutput result = Launch.Run(spec with
        {
            Process = spec.Process! with { Rlimits = [new() { Type = "RLIMIT_SIGPENDING", Soft = 4_000_000, Hard = 5_000_000 }], OomScoreAdj = -7 },
        });
        Assert.Matches(@"^-7\nMax pending signals +4000000 +5000000 ", result.Output);
    }

    [RootFact]
    public void Scheduling_is_set()
    {
        LaunchOutput result = Shell(
            p => p with
            {
                Scheduler = new SchedulerSpec { Policy = "SCHED_BATCH", Nice = 5 },
                IoPriority = new IoPrioritySpec { Class = "IOPRIO_CLASS_IDLE", Priority = 7 },
            },
            "chrt -p $$; nice; ionice -p $$");
        Assert.Contains("SCHED_BATCH", result.Output, StringComparison.Ordinal);
        Assert.Contains("\n5\nidle\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Personality_is_set()
    {
        RuntimeSpec spec = Launch.Spec(null, [], "/bin/uname", "-m");
        spec = spec with { Linux = spec.Linux! with { Personality = new PersonalitySpec { Domain = "LINUX32" } } };
        Assert.Matches("^(i686|armv8l)\n$", Launch.Run(spec).Output);
    }

    [Fact]
    public void Memory_policy_is_set_or_refused_by_name()
    {
        RuntimeSpec spec = Launch.Spec(null, [], "/bin/cat", "/proc/self/numa_maps");
        RuntimeSpec With(string nodes) => spec with { Linux = spec.Linux! with { MemoryPolicy = new MemoryPolicySpec { Mode = "MPOL_BIND", Nodes = nodes, Flags = ["MPOL_F_STATIC_NODES"] } } };
        if (File.Exists("/proc/self/numa_maps"))
            Assert.Contains("bind=static:0", Launch.Run(With("0")).Output, StringComparison.Ordinal);
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Run(With("900")));
        Assert.Equal("set_mempolicy", failure.Syscall);
        Assert.Contains("$.linux.memoryPolicy", failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void No_new_privileges_is_set() => Assert.Equal("1", Status(p => p with { NoNewPrivileges = true })["NoNewPrivs"]);

    [Theory]
    [InlineData("apparmor", "$.process.apparmorProfile")]
    [InlineData("selinux", "$.process.selinuxLabel")]
    [InlineData("rdt", "$.linux.intelRdt")]
    [InlineData("label", "$.linux.mountLabel")]
    public void What_the_kernel_does_not_have_is_refused_by_name(string what, string path)
    {
        bool has = what == "apparmor"
            ? File.Exists("/sys/module/apparmor/parameters/enabled") && File.ReadAllText("/sys/module/apparmor/parameters/enabled")[0] == 'Y'
            : what != "rdt" && File.Exists("/sys/fs/selinux/enforce");
        if (has)
            return;
        RuntimeSpec spec = Launch.Spec(null, [], "/bin/true");
        spec = what switch
        {
            "apparmor" => spec with { Process = spec.Process! with { ApparmorProfile = "containers-default" } },
            "selinux" => spec with { Process = spec.Process! with { SelinuxLabel = "system_u:system_r:container_t:s0" } },
            "rdt" => spec with { Linux = spec.Linux! with { IntelRdt = new IntelRdtSpec { ClosId = "x" } } },
            _ => spec with { Linux = spec.Linux! with { MountLabel = "system_u:object_r:container_file_t:s0" } },
        };
        Assert.Equal(path, Assert.Throws<RuntimeSpecException>(() => Launch.Run(spec)).Path);
    }

    [Theory]
    [InlineData("RLIMIT_NOFILE", "$.process.rlimits[1]")]
    public void A_limit_that_cannot_be_raised_is_named(string type, string path)
    {
        // Above fs.nr_open, which even root cannot have.
        SyscallException failure = Assert.Throws<SyscallException>(() => Shell(
            p => p with { Rlimits = [new() { Type = "RLIMIT_CORE", Soft = 0, Hard = 0 }, new() { Type = type, Soft = 1L << 40, Hard = 1L << 40 }] },
            "true"));
        Assert.Equal(("prlimit", "EPERM"), (failure.Syscall, failure.Name));
        Assert.Contains(path, failure.Detail, StringComparison.Ordinal);
    }

    [RootFact]
    public void A_working_directory_outside_of_the_root_is_refused()
    {
        // CVE-2024-21626: through a descriptor of the host that is open in the stage that enters it.
        using var root = new BusyBoxRoot();
        for (int descriptor = 3; descriptor < 24; descriptor++)
        {
            RuntimeSpec spec = Launch.Spec(root.Path, ["pid", "mount"], "/bin/ls", "..");
            Exception failure = Assert.ThrowsAny<Exception>(() => Launch.Run(spec with { Process = spec.Process! with { Cwd = $"/proc/self/fd/{descriptor}" } }));
            Assert.IsType<SyscallException>(failure);
        }
    }

    private static LaunchOutput Shell(Func<ProcessSpec, ProcessSpec> change, string script)
    {
        RuntimeSpec spec = Launch.Spec(null, [], "/bin/sh", "-c", script);
        return Launch.Run(spec with { Process = change(spec.Process!) });
    }

    private static Dictionary<string, string> Status(Func<ProcessSpec, ProcessSpec> change)
    {
        RuntimeSpec spec = Launch.Spec(null, [], "/bin/cat", "/proc/self/status");
        return Launch.Run(spec with { Process = change(spec.Process!) }).Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(':', 2))
            .ToDictionary(parts => parts[0], parts => parts[1].Trim(), StringComparer.Ordinal);
    }
}

/// <summary>A test of what only <c>CAP_SYS_RESOURCE</c> can do, which a container's root often lacks; skipped, and said so, without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ResourceFactAttribute : FactAttribute
{
    public ResourceFactAttribute()
    {
        if ((CapabilityState.Read().Effective & (1ul << CapabilityName.NumberOf("CAP_SYS_RESOURCE"))) == 0)
            Skip = "needs CAP_SYS_RESOURCE";
    }
}
