using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using Xunit;

namespace NsTools.Tests.Runtime;

public sealed class LaunchTests
{
    [Fact]
    public void Streams_pass_and_the_exit_code_comes_back()
    {
        LaunchOutput result = Launch.Run(Launch.Spec(null, [], "/bin/sh", "-c", "cat; echo wrong >&2; exit 7"), "words\n");
        Assert.Equal(new ProcessExit(7, 0), result.Exit);
        Assert.Equal("words\n", result.Output);
        Assert.Equal("wrong\n", result.Error);
    }

    [Fact]
    public void Output_larger_than_a_pipe_passes_whole() =>
        Assert.Equal(1_000_000, Launch.Shell(Launch.Spec(null, [], "x"), "head -c 1000000 /dev/zero | tr '\\0' x").Output.Length);

    [Fact]
    public void A_program_killed_by_a_signal_says_so() =>
        Assert.Equal(new ProcessExit(128 + 15, 15), Launch.Shell(Launch.Spec(null, [], "x"), "kill -TERM $$").Exit);

    [Theory]
    [InlineData("no-such-program", "PATH")]
    [InlineData("/no/such/program", null)]
    public void A_missing_program_is_ENOENT_of_execve(string program, string? detail)
    {
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Run(Launch.Spec(null, [], program)));
        Assert.Equal(("execve", "ENOENT", program), (failure.Syscall, failure.Name, failure.Subject));
        if (detail is not null)
            Assert.Contains(detail, failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_program_is_told_apart()
    {
        using var folder = new Harness.TemporaryDirectory();
        File.WriteAllText(folder["words"], "words");
        Assert.Equal("EACCES", Assert.Throws<SyscallException>(() => Launch.Run(Launch.Spec(null, [], folder["words"]))).Name);
        File.SetUnixFileMode(folder["words"], (UnixFileMode)0b111_101_101);
        Assert.Equal("ENOEXEC", Assert.Throws<SyscallException>(() => Launch.Run(Launch.Spec(null, [], folder["words"]))).Name);
        File.WriteAllText(folder["words"], "#!/no/interpreter\n");
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Run(Launch.Spec(null, [], folder["words"])));
        Assert.Equal("ENOENT", failure.Name);
        Assert.Contains("interpreter", failure.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/root", "ENOENT")]
    [InlineData("/etc/passwd", "ENOTDIR")]
    public void A_root_that_is_no_directory_is_named(string root, string error)
    {
        foreach (string[] namespaces in new[] { [], new[] { "mount" } })
        {
            SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Run(Launch.Spec(root, namespaces, "/bin/true")));
            Assert.Equal((error, root), (failure.Name, failure.Subject));
        }
    }

    [Fact]
    public void A_missing_working_directory_is_named()
    {
        RuntimeSpec spec = Launch.Spec(null, [], "/bin/true");
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Run(spec with { Process = spec.Process! with { Cwd = "/no/such/place" } }));
        Assert.Equal(("chdir", "ENOENT", "/no/such/place"), (failure.Syscall, failure.Name, failure.Subject));
    }

    [Fact]
    public void The_environment_is_the_configs_and_nothing_else()
    {
        RuntimeSpec spec = Launch.Spec(null, [], "/usr/bin/env");
        LaunchOutput result = Launch.Run(spec with { Process = spec.Process! with { Env = ["A=1", "B=x y"] } });
        Assert.Equal("A=1\nB=x y\n", result.Output);
    }

    [Fact]
    public void No_descriptor_of_the_launcher_arrives()
    {
        using SafeHandleWithoutCloseOnExec leak = new();
        string[] descriptors = Launch.Shell(Launch.Spec(null, [], "x"), "ls -1 /proc/$$/fd").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["0", "1", "2"], descriptors);
    }

    [Fact]
    public void Signals_that_dotnet_ignores_or_blocks_are_as_for_a_new_login()
    {
        string status = Launch.Shell(Launch.Spec(null, [], "x"), "exec grep -E '^Sig(Blk|Ign)' /proc/self/status").Output;
        Assert.Equal("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", status);
    }

    [RootFact]
    public void User_groups_and_umask_are_taken_on()
    {
        RuntimeSpec spec = Launch.Spec(null, [], "x");
        spec = spec with { Process = spec.Process! with { User = new UserSpec { Uid = 1234, Gid = 2345, AdditionalGids = [3456, 4567], Umask = 0b000_010_111 } } };
        Assert.Equal("1234 2345 2345 3456 4567 0027", Launch.Shell(spec, "echo $(id -u) $(id -g) $(id -G) $(umask)").Output.TrimEnd());
        string capabilities = Launch.Shell(spec, "grep -E 'Cap(Prm|Eff|Inh|Amb)' /proc/self/status").Output;
        Assert.DoesNotContain("1", capabilities, StringComparison.Ordinal);
    }

    [RootFact]
    public void Supplementary_groups_of_the_caller_are_dropped() =>
        Assert.Equal("0", Launch.Shell(Launch.Spec(null, [], "x"), "id -G").Output.TrimEnd());

    [Fact]
    public void No_new_privileges_is_set_when_asked_for()
    {
        RuntimeSpec spec = Launch.Spec(null, [], "x");
        foreach (bool asked in new[] { false, true })
        {
            LaunchOutput result = Launch.Shell(spec with { Process = spec.Process! with { NoNewPrivileges = asked } }, "grep NoNewPrivs /proc/self/status");
            Assert.Equal($"NoNewPrivs:\t{(asked ? 1 : 0)}\n", result.Output);
        }
    }

    [Fact]
    public void A_config_that_asks_for_what_cannot_be_is_refused_with_its_path()
    {
        RuntimeSpec spec = Launch.Spec(null, ["pid=/proc/self/ns/net"], "/bin/true");
        RuntimeSpecException failure = Assert.Throws<RuntimeSpecException>(() => Launch.Run(spec));
        Assert.Equal("$.linux.namespaces[0].path", failure.Path);
    }

    [Fact]
    public void A_runtime_that_is_not_there_is_named()
    {
        var launcher = new RuntimeLauncher("/no/such/nsrun");
        SyscallException failure = Assert.Throws<SyscallException>(() => launcher.Start(new LaunchRequest { Spec = Launch.Spec(null, [], "/bin/true") }));
        Assert.Equal(("ENOENT", "/no/such/nsrun"), (failure.Name, failure.Subject));
    }

    /// <summary>A descriptor as a careless library would leave it.</summary>
    private sealed class SafeHandleWithoutCloseOnExec : IDisposable
    {
        private readonly int _descriptor;

        public unsafe SafeHandleWithoutCloseOnExec()
        {
            fixed (byte* path = "/etc/passwd\0"u8)
                _descriptor = LibC.open(path, LibC.O_RDONLY, 0);
        }

        public void Dispose() => _ = LibC.close(_descriptor);
    }
}
