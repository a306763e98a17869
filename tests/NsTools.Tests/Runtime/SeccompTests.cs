using System.Runtime.InteropServices;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Seccomp;
using NsTools.Interop.Syscalls;
using Xunit;

namespace NsTools.Tests.Runtime;

/// <summary>Filters that do what the config says to programs that cannot get rid of them.</summary>
public sealed class SeccompTests
{
    [Theory]
    [InlineData(null, "Operation not permitted")]
    [InlineData(38u, "Function not implemented")]
    [InlineData(2u, "No such file or directory")]
    public void A_call_fails_with_the_error_of_its_rule(uint? error, string words)
    {
        LaunchOutput result = Run(Deny("mkdirat", "SCMP_ACT_ERRNO", error, "mkdir"), "mkdir /tmp/nstools-seccomp-$$");
        Assert.Equal(1, result.Exit.ExitCode);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SCMP_ACT_KILL")]
    [InlineData("SCMP_ACT_KILL_THREAD")]
    [InlineData("SCMP_ACT_KILL_PROCESS")]
    [InlineData("SCMP_ACT_TRAP")]
    public void A_call_ends_its_program(string action) =>
        Assert.Equal(new ProcessExit(128 + 31, 31), Run(Deny("mkdirat", action, null, "mkdir"), "exec mkdir /tmp/nstools-seccomp-$$").Exit);

    [Fact]
    public void A_call_to_be_traced_without_a_tracer_does_not_exist() =>
        Assert.Contains("Function not implemented", Run(Deny("mkdirat", "SCMP_ACT_TRACE", 7, "mkdir"), "mkdir /tmp/nstools-seccomp-$$").Error, StringComparison.Ordinal);

    [Fact]
    public void What_is_only_logged_or_has_no_rule_works() =>
        Assert.Equal(0, Run(Deny("uname", "SCMP_ACT_LOG", null) with { Flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"] }, "uname").Exit.ExitCode);

    [Fact]
    public void The_default_action_is_for_all_that_no_rule_names()
    {
        SeccompSpec seccomp = new()
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            DefaultErrnoRet = 13,
            Syscalls =
            [
                new()
                {
                    Names =
                    [
                        "execve", "brk", "mmap", "mprotect", "munmap", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64",
                        "readlink", "readlinkat", "getrandom", "fstat", "newfstatat", "openat", "read", "pread64", "close", "access", "faccessat",
                        "write", "exit_group", "exit", "fcntl", "statx", "futex", "rt_sigaction", "rt_sigprocmask",
                    ],
                    Action = "SCMP_ACT_ALLOW",
                },
            ],
        };
        LaunchOutput result = Launch.Run(With(Launch.Spec(null, [], "/bin/uname"), seccomp));
        Assert.NotEqual(0, result.Exit.ExitCode);
        Assert.Contains("Permission denied", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Conditions_look_at_arguments()
    {
        // kill(2) with signal 0 only; two conditions on one argument are alternatives.
        SeccompSpec one = Rule(new SeccompRule
        {
            Names = ["kill"],
            Action = "SCMP_ACT_ERRNO",
            Args = [new() { Index = 1, Value = 0, Op = "SCMP_CMP_EQ" }],
        });
        Assert.Equal("denied\n", Run(one, "kill -CONT $$ && ! kill -0 $$ 2>/dev/null && echo denied").Output);
        SeccompSpec two = Rule(new SeccompRule
        {
            Names = ["kill"],
            Action = "SCMP_ACT_ERRNO",
            Args = [new() { Index = 1, Value = 0, Op = "SCMP_CMP_EQ" }, new() { Index = 1, Value = 18, Op = "SCMP_CMP_EQ" }],
        });
        Assert.Equal("denied\n", Run(two, "! kill -CONT $$ 2>/dev/null && ! kill -0 $$ 2>/dev/null && kill -URG $$ && echo denied").Output);
    }

    [Fact]
    public void The_filter_is_there_before_the_first_instruction_and_cannot_be_shed()
    {
        foreach (bool noNewPrivileges in new[] { true, false })
        {
            RuntimeSpec spec = Launch.Spec(null, [], "/bin/sh", "-c", "grep -E 'Seccomp|NoNewPrivs' /proc/self/status; exec setpriv --no-new-privs grep Seccomp: /proc/self/status");
            spec = With(spec with { Process = spec.Process! with { NoNewPrivileges = noNewPrivileges } }, Deny("swapon", "SCMP_ACT_ERRNO", null));
            string[] lines = Launch.Run(spec).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal([$"NoNewPrivs:\t{(noNewPrivileges ? 1 : 0)}", "Seccomp:\t2", "Seccomp_filters:\t1", "Seccomp:\t2"], lines);
        }
    }

    [RootFact]
    public void Without_no_new_privileges_the_capability_to_load_it_is_not_the_programs()
    {
        RuntimeSpec spec = Launch.Spec(null, [], "/bin/grep", "-E", "Seccomp:|Cap(Prm|Eff|Bnd)", "/proc/self/status");
        var capabilities = new CapabilitiesSpec { Bounding = ["CAP_KILL"], Permitted = ["CAP_KILL"], Effective = ["CAP_KILL"] };
        foreach (uint user in new[] { 0u, 65534u })
        {
            RuntimeSpec run = With(spec with { Process = spec.Process! with { Capabilities = capabilities, User = new UserSpec { Uid = user, Gid = user } } }, Deny("swapon", "SCMP_ACT_ERRNO", null));
            string sets = user == 0 ? "0000000000000020" : "0000000000000000";
            Assert.Equal($"CapPrm:\t{sets}\nCapEff:\t{sets}\nCapBnd:\t0000000000000020\nSeccomp:\t2\n", Launch.Run(run).Output);
        }
    }

    [Fact]
    public void Other_architectures_may_be_let_in()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return;
        Assert.Equal(0, Run(Deny("swapon", "SCMP_ACT_ERRNO", null) with { Architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"] }, "true").Exit.ExitCode);
    }

    [Fact]
    public void Names_that_no_library_knows_are_warned_of()
    {
        using var file = MemoryFile.Create("filter");
        string? warning = SeccompFilter.Compile(Deny("no_such_call", "SCMP_ACT_ERRNO", null, "mkdir", "neither_this"), Descriptor.Number(file));
        Assert.Contains("neither_this, no_such_call", warning, StringComparison.Ordinal);
        Assert.Null(SeccompFilter.Compile(Deny("mkdir", "SCMP_ACT_ERRNO", null), Descriptor.Number(file)));
    }

    [Fact]
    public void A_filter_that_forbids_execve_is_one()
    {
        // The program is then never executed; and nothing else is.
        Exception failure = Assert.ThrowsAny<Exception>(() => Run(Deny("execve", "SCMP_ACT_ERRNO", 1), "echo was here"));
        Assert.Equal(("execve", "EPERM"), (Assert.IsType<SyscallException>(failure).Syscall, ((SyscallException)failure).Name));
    }

    private static SeccompSpec Deny(string name, string action, uint? error, params string[] others) =>
        Rule(new SeccompRule { Names = [name, .. others], Action = action, ErrnoRet = error });

    private static SeccompSpec Rule(SeccompRule rule) => new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [rule] };

    private static RuntimeSpec With(RuntimeSpec spec, SeccompSpec seccomp) => spec with { Linux = spec.Linux! with { Seccomp = seccomp } };

    private static LaunchOutput Run(SeccompSpec seccomp, string script) => Launch.Run(With(Launch.Spec(null, [], "/bin/sh", "-c", script), seccomp));
}
