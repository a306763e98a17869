using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using Xunit;

namespace NsTools.Tests.Runtime;

public sealed class LaunchNamespaceTests
{
    private static readonly string[] s_links = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

    [Theory]
    [InlineData("cgroup", "cgroup")]
    [InlineData("ipc", "ipc")]
    [InlineData("mount", "mnt")]
    [InlineData("network", "net")]
    [InlineData("pid", "pid")]
    [InlineData("time", "time")]
    [InlineData("user", "user")]
    [InlineData("uts", "uts")]
    public void A_new_namespace_of_each_kind_is_new_and_the_others_are_not(string type, string link)
    {
        RuntimeSpec spec = Launch.Spec(null, [type], "x");
        string[] inside = Links(spec);
        string[] outside = [.. s_links.Select(l => ReadLink($"/proc/self/ns/{l}"))];
        for (int i = 0; i < s_links.Length; i++)
        {
            bool own = s_links[i] == link || (s_links[i] == "user" && spec.Linux!.Namespaces!.Any(n => n.Type == "user"));
            Assert.True(own == (inside[i] != outside[i]), $"{s_links[i]}: {inside[i]} inside, {outside[i]} outside");
        }
    }

    [Fact]
    public void All_namespaces_at_once_are_made_and_joined_again()
    {
        string[] all = ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"];
        using LaunchedProcess holder = Launch.Hold(Launch.Spec(null, all));
        try
        {
            string[] expected = [.. s_links.Select(l => ReadLink($"/proc/{holder.ProcessId}/ns/{l}"))];
            Assert.All(s_links.Zip(expected), pair => Assert.NotEqual(ReadLink($"/proc/self/ns/{pair.First}"), pair.Second));
            string[] joins = [.. all.Select(t => $"{t}=/proc/{holder.ProcessId}/ns/{(t == "network" ? "net" : t == "mount" ? "mnt" : t)}")];
            Assert.Equal(expected, Links(Launch.Spec(null, joins, "x")));
        }
        finally
        {
            holder.Kill(Signals.Kill);
        }
    }

    [Fact]
    public void Namespaces_are_joined_by_descriptor()
    {
        using LaunchedProcess holder = Launch.Hold(Launch.Spec(null, ["user", "uts"]) with { Hostname = "buda" });
        try
        {
            using SafeFileHandle user = Descriptor.Open($"/proc/{holder.ProcessId}/ns/user", LibC.O_RDONLY);
            using SafeFileHandle uts = Descriptor.Open($"/proc/{holder.ProcessId}/ns/uts", LibC.O_RDONLY);
            (SafeFileHandle read, SafeFileHandle write) = DescriptorTable.Pipe();
            using var reader = new StreamReader(new FileStream(read, FileAccess.Read));
            LaunchedProcess process;
            using (write)
            {
                process = Launch.Launcher.Start(new LaunchRequest
                {
                    Spec = Launch.Spec(null, [$"user={LaunchRequest.DescriptorPath(0)}", $"uts={LaunchRequest.DescriptorPath(1)}"], "/bin/uname", "-n"),
                    Descriptors = [user, uts],
                    StandardOutput = write,
                });
            }
            using (process)
                Assert.Equal("buda\n", reader.ReadToEnd());
        }
        finally
        {
            holder.Kill(Signals.Kill);
        }
    }

    [Fact]
    public void Host_and_domain_name_are_the_containers_own()
    {
        string before = File.ReadAllText("/proc/sys/kernel/hostname");
        RuntimeSpec spec = Launch.Spec(null, ["uts"], "x") with { Hostname = "buda", Domainname = "pest" };
        Assert.Equal("buda\npest\n", Launch.Shell(spec, "cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname").Output);
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/hostname"));
    }

    [Fact]
    public void Clocks_have_their_offsets()
    {
        RuntimeSpec spec = Launch.Spec(null, ["time"], "x");
        spec = spec with
        {
            Linux = spec.Linux! with
            {
                TimeOffsets = new Dictionary<string, TimeOffset> { ["boottime"] = new() { Secs = 1_000_000 }, ["monotonic"] = new() { Secs = 7, Nanosecs = 5 } },
            },
        };
        Assert.Equal(
            "monotonic 7 5 boottime 1000000 0",
            string.Join(' ', Launch.Shell(spec, "cat /proc/self/timens_offsets").Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        double uptime = double.Parse(Launch.Shell(spec, "cut -d' ' -f1 /proc/uptime").Output, CultureInfo.InvariantCulture);
        Assert.InRange(uptime, 1_000_000, double.MaxValue);
    }

    [RootFact]
    public void ID_maps_are_written_and_taken_on()
    {
        RuntimeSpec spec = Launch.Spec(null, ["user"], "x");
        spec = spec with
        {
            Linux = spec.Linux! with
            {
                UidMappings = [new() { ContainerId = 0, HostId = 100_000, Size = 500 }, new() { ContainerId = 1000, HostId = 0, Size = 1 }],
                GidMappings = [new() { ContainerId = 0, HostId = 200_000, Size = 500 }],
            },
        };
        string[] lines = Launch.Shell(spec, "cat /proc/self/uid_map /proc/self/gid_map; id -u; id -g; id -G")
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["0 100000 500", "1000 0 1", "0 200000 500", "0", "0", "0"],
            lines.Select(l => string.Join(' ', l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))));
    }

    [RootFact]
    public void Without_a_mapped_root_the_program_still_starts_and_has_no_capability()
    {
        RuntimeSpec spec = Launch.Spec(null, ["user", "uts"], "x") with { Hostname = "buda" };
        spec = spec with
        {
            Process = spec.Process! with { User = new UserSpec { Uid = 1000, Gid = 1000 } },
            Linux = spec.Linux! with
            {
                UidMappings = [new() { ContainerId = 1000, HostId = 100_000, Size = 1 }],
                GidMappings = [new() { ContainerId = 1000, HostId = 100_000, Size = 1 }],
            },
        };
        LaunchOutput result = Launch.Shell(spec, "id -u; uname -n; grep -E 'Cap(Eff|Prm|Inh|Amb)' /proc/self/status | tr -d '\\n'");
        Assert.Equal("1000\nbuda\nCapInh:\t0000000000000000CapPrm:\t0000000000000000CapEff:\t0000000000000000CapAmb:\t0000000000000000", result.Output);
    }

    [Fact]
    public void An_ordinary_user_is_told_what_it_may_not_make()
    {
        OrdinaryUser.Run(
            """{"ociVersion":"1.2.0","process":{"args":["/bin/true"],"cwd":"/"},"linux":{"namespaces":[{"type":"pid"}]}}""",
            out _,
            out Exception? failure);
        SyscallException denied = Assert.IsType<SyscallException>(failure);
        Assert.Equal(("clone3", "EPERM"), (denied.Syscall, denied.Name));
        Assert.Contains("pid", denied.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ordinary_user_runs_as_root_of_a_user_namespace()
    {
        ProcessExit? exit = OrdinaryUser.Run(
            $$$"""
            {"ociVersion":"1.2.0","process":{"args":["/bin/sh","-c","test $(id -u) = 0 && test $$ = 1"],"cwd":"/","env":["PATH=/usr/bin:/bin"]},
             "linux":{"namespaces":[{"type":"user"},{"type":"pid"},{"type":"mount"}],
             "uidMappings":[{"containerID":0,"hostID":{{{OrdinaryUser.Id}}},"size":1}],"gidMappings":[{"containerID":0,"hostID":{{{OrdinaryUser.GroupId}}},"size":1}]}}
            """,
            out _,
            out Exception? failure);
        Assert.Null(failure);
        Assert.Equal(new ProcessExit(0, 0), exit);
    }

    [Fact]
    public void A_range_that_nobody_granted_names_the_file_that_would()
    {
        OrdinaryUser.Run(
            $$$"""
            {"ociVersion":"1.2.0","process":{"args":["/bin/true"],"cwd":"/"},"linux":{"namespaces":[{"type":"user"}],
             "uidMappings":[{"containerID":0,"hostID":{{{OrdinaryUser.Id}}},"size":1}],"gidMappings":[{"containerID":0,"hostID":3000000000,"size":10}]}}
            """,
            out _,
            out Exception? failure);
        SyscallException denied = Assert.IsType<SyscallException>(failure);
        Assert.Contains("gid", denied.Syscall + denied.Subject, StringComparison.Ordinal);
        Assert.Contains(File.Exists("/usr/bin/newgidmap") ? "/etc/subgid" : "uidmap", denied.Detail, StringComparison.Ordinal);
    }

    private static string[] Links(RuntimeSpec spec) =>
        Launch.Shell(spec, string.Join(';', s_links.Select(l => $"readlink /proc/self/ns/{l}"))).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string ReadLink(string path) => new FileInfo(path).LinkTarget!;
}
