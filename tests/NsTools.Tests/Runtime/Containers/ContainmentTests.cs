using System.Security.Cryptography;
using Xunit;

namespace NsTools.Tests.Runtime.Containers;

/// <summary>Attacks on the stages of <c>nsrun</c> from inside a container, each tried (docs/about/security.md).</summary>
public sealed class ContainmentTests
{
    private static readonly string s_runtime = Launch.RuntimePath;

    [ContainerFact]
    public void The_runtimes_own_binary_cannot_be_written_through_proc()
    {
        // CVE-2019-5736: a descriptor of /proc/PID/exe, kept until nobody executes the file any more, is opened again for writing.
        byte[] before = SHA256.HashData(File.ReadAllBytes(s_runtime));
        using var bundle = new ContainerBundle("/bin/true");
        string id = bundle.Create(s_runtime);
        int pid = bundle.ProcessId(s_runtime, id);
        Assert.Contains("nsrun", File.ResolveLinkTarget($"/proc/{pid}/exe", returnFinalTarget: false)!.FullName, StringComparison.Ordinal);
        ToolOutput attack = Tool.Run("/bin/sh", "-c",
            $"exec 3</proc/{pid}/exe; printf x >/proc/{pid}/exe && echo wrote; kill -9 {pid}; while kill -0 {pid} 2>/dev/null && ! grep -q 'State:.Z' /proc/{pid}/status; do :; done; printf x >/proc/self/fd/3 && echo wrote; printf x 1<>/proc/self/fd/3 && echo wrote");
        Assert.DoesNotContain("wrote", attack.Output, StringComparison.Ordinal);
        Assert.Matches("not permitted|Read-only|busy", attack.Error);
        Assert.Equal(before, SHA256.HashData(File.ReadAllBytes(s_runtime)));
    }

    [ContainerFact]
    public void Exec_of_proc_self_exe_reaches_a_sealed_copy()
    {
        byte[] before = SHA256.HashData(File.ReadAllBytes(s_runtime));
        using var bundle = new ContainerBundle("/bin/sleep", "60");
        File.WriteAllText(bundle["bin/trap"], "#!/proc/self/exe\n");
        File.SetUnixFileMode(bundle["bin/trap"], (UnixFileMode)0b111_101_101);
        string id = bundle.Start(s_runtime);
        // Whoever sees a process of nsrun's writes to its executable.
        ToolOutput watch = bundle.Invoke(s_runtime, "exec", "--detach", id, "/bin/sh", "-c",
            "i=0; while [ $i -lt 400 ]; do i=$((i+1)); for p in /proc/[0-9]*; do case $(readlink $p/exe) in *nsrun*) exec 3<$p/exe && echo seen >>/tmp/seen; printf x >/proc/self/fd/3 && echo wrote >>/tmp/wrote; exec 3<&-;; esac; done; done 2>/dev/null");
        watch.Require();
        for (int i = 0; i < 5; i++)
            Assert.NotEqual(0, bundle.Exec(s_runtime, id, "/bin/trap").ExitCode);
        Assert.False(File.Exists(bundle["tmp/wrote"]));
        Assert.Equal(before, SHA256.HashData(File.ReadAllBytes(s_runtime)));
    }

    [ContainerFact]
    public void A_waiting_container_shows_its_descriptors_and_memory_to_nobody_inside()
    {
        // CVE-2016-9962: root of the container, with the capability to trace, in the PID namespace of a stage that waits.
        using var bundle = new ContainerBundle("/bin/true");
        bundle.With("$.process.capabilities", """{"bounding":["CAP_SYS_PTRACE"],"permitted":["CAP_SYS_PTRACE"],"effective":["CAP_SYS_PTRACE"]}""");
        string waiting = bundle.Create(s_runtime);
        int pid = bundle.ProcessId(s_runtime, waiting);
        using var other = new ContainerBundle { Script = "ls -l /proc/1/fd /proc/1/cwd /proc/1/root /proc/1/exe; cat /proc/1/environ; id -u" };
        other.With("$.linux.namespaces[0].path", $"\"/proc/{pid}/ns/pid\"");
        ToolOutput look = other.Run(s_runtime);
        Assert.DoesNotContain("->", look.Output, StringComparison.Ordinal);
        Assert.Contains("ermission denied", look.Error, StringComparison.Ordinal);
    }

    [ContainerFact]
    public void No_descriptor_of_the_host_is_left_and_none_serves_as_working_directory()
    {
        // CVE-2024-21626
        using var bundle = new ContainerBundle { Script = "ls -l /proc/self/fd /proc/1/fd; ls -ld /proc/1/cwd" };
        string[] targets = [.. bundle.Run(s_runtime).Require().Output.Split('\n').Where(line => line.Contains("->", StringComparison.Ordinal)).Select(line => line.Split("-> ")[1])];
        Assert.All(targets, target => Assert.True(target is "/" or "/dev/null" || target.StartsWith("pipe:", StringComparison.Ordinal) || target.StartsWith("/proc/", StringComparison.Ordinal), target));
        bundle.Arguments = ["/bin/ls", "-la", "."];
        for (int descriptor = 3; descriptor < 20; descriptor++)
        {
            bundle.With("$.process.cwd", $"\"/proc/self/fd/{descriptor}\"");
            ToolOutput attack = bundle.Run(s_runtime);
            Assert.NotEqual(0, attack.ExitCode);
            Assert.Equal("", attack.Output);
        }
    }

    [ContainerFact]
    public void Exec_does_not_go_into_a_directory_of_the_host_either()
    {
        using var bundle = new ContainerBundle("/bin/sleep", "60");
        string id = bundle.Start(s_runtime);
        for (int descriptor = 3; descriptor < 20; descriptor++)
        {
            ToolOutput attack = bundle.Invoke(s_runtime, "exec", "--cwd", $"/proc/self/fd/{descriptor}", id, "/bin/ls", "-la", ".");
            Assert.NotEqual(0, attack.ExitCode);
            Assert.Equal("", attack.Output);
        }
    }

    [ContainerFact]
    public void Exec_gets_the_containers_restrictions_not_the_callers()
    {
        using var bundle = new ContainerBundle("/bin/sleep", "60");
        bundle.With("$.process.capabilities", """{"bounding":["CAP_KILL","CAP_CHOWN"],"permitted":["CAP_KILL"],"effective":["CAP_KILL"]}""")
            .With("$.process.noNewPrivileges", "true")
            .With("$.process.oomScoreAdj", "77")
            .With("$.linux.seccomp", """{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}""");
        string id = bundle.Start(s_runtime);
        const string Script = "grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/self/status; cat /proc/self/oom_score_adj; mkdir /tmp/x 2>/dev/null || echo denied";
        string expected = "Groups:\t \nCapInh:\t0000000000000000\nCapPrm:\t0000000000000020\nCapEff:\t0000000000000020\nCapBnd:\t0000000000000021\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n77\ndenied\n";
        Assert.Equal(expected, bundle.Exec(s_runtime, id, "/bin/sh", "-c", Script).Require().Output);
        // A file that says nothing of them changes nothing.
        string file = System.IO.Path.Combine(bundle.Path, "process.json");
        File.WriteAllText(file, $$"""{"cwd":"/","env":["PATH=/bin"],"args":["/bin/sh","-c",{{System.Text.Json.JsonSerializer.Serialize(Script)}}]}""");
        Assert.Equal(expected, bundle.Invoke(s_runtime, "exec", "--process", file, id).Require().Output);
        Assert.Equal("1000 1000\n", bundle.Invoke(s_runtime, "exec", "--user", "1000:1000", id, "/bin/sh", "-c", "echo $(id -u) $(id -g)").Require().Output);
        Assert.Contains(
            "CapEff:\t0000000000000028",
            bundle.Invoke(s_runtime, "exec", "--cap", "CAP_FOWNER", id, "/bin/grep", "Cap", "/proc/self/status").Require().Output,
            StringComparison.Ordinal);
    }

    [ContainerFact]
    public void Exec_runs_on_the_processors_that_the_config_names_and_the_container_does_not()
    {
        using var bundle = new ContainerBundle { Script = "grep Cpus_allowed_list /proc/self/status; exec sleep 60" };
        bundle.With("$.process.execCPUAffinity", """{"initial":"0","final":"0"}""");
        string id = bundle.Start(s_runtime);
        Assert.Equal("Cpus_allowed_list:\t0\n", bundle.Exec(s_runtime, id, "/bin/grep", "Cpus_allowed_list", "/proc/self/status").Require().Output);
        int pid = bundle.ProcessId(s_runtime, id);
        Assert.Equal(Allowed("self"), Allowed(pid.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        bundle.With("$.process.execCPUAffinity.final", "\"8000\"");
        string other = bundle.Start(s_runtime);
        ToolOutput refusal = bundle.Exec(s_runtime, other, "/bin/true");
        Assert.Equal(255, refusal.ExitCode);
        Assert.Contains("$.process.execCPUAffinity.final", refusal.Error, StringComparison.Ordinal);

        static string Allowed(string process) => File.ReadAllLines($"/proc/{process}/status").Single(line => line.StartsWith("Cpus_allowed_list", StringComparison.Ordinal));
    }

    [ContainerFact]
    public void What_is_wrong_with_a_config_starts_nothing_and_leaves_nothing()
    {
        using var bundle = new ContainerBundle("/bin/touch", "/tmp/started");
        var random = new Random(3);
        string[] paths = [.. Oci.JsonTree.Paths(bundle.Config)];
        string[] values = ["7", "\"x\\u0000\"", "[[]]", "{\"a\":[null]}", "1.5"];
        string whole = bundle.Config.ToJsonString();
        int refused = 0;
        for (int i = 0; i < 40; i++)
        {
            foreach ((string name, System.Text.Json.Nodes.JsonNode? value) in System.Text.Json.Nodes.JsonNode.Parse(whole)!.AsObject().ToList())
                bundle.Config[name] = value!.DeepClone();
            bundle.With(paths[random.Next(paths.Length)], values[random.Next(values.Length)]);
            try
            {
                Interop.Oci.RuntimeSpecValidator.Validate(Interop.Oci.RuntimeSpecJson.Deserialize(System.Text.Encoding.UTF8.GetBytes(bundle.Config.ToJsonString())), needsProcess: true);
                continue;
            }
            catch (Interop.Oci.RuntimeSpecException)
            {
                refused++;
            }
            ToolOutput run = bundle.Run(s_runtime);
            Assert.Equal(1, run.ExitCode);
            Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Contains("config $", run.Error, StringComparison.Ordinal);
        }
        Assert.InRange(refused, 25, 40);
        Assert.False(File.Exists(bundle["tmp/started"]));
        Assert.Equal("[]", bundle.Invoke(s_runtime, "list", "--format", "json").Require().Output.Trim());
    }
}
