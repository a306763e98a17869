using System.Diagnostics;
using NsTools.Interop.Cgroups;
using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Xunit;

namespace NsTools.Tests.Cgroups.Containers;

/// <summary>On this machine's own cgroups.</summary>
public sealed class ContainerCgroupTests
{
    private static readonly string s_name = $"nstest-oci-{Environment.ProcessId}";

    [RootFact]
    public void It_is_made_everywhere_and_its_limits_are_in_the_files()
    {
        Run("limits", new() { Pids = new() { Limit = 23 }, Cpu = new() { Quota = 30_000, Period = 60_000 } }, cgroup =>
        {
            Assert.NotEmpty(cgroup.Record.Directories);
            Assert.All(cgroup.Record.Directories, directory => Assert.True(Directory.Exists(directory)));
            Assert.Equal("23", Read(cgroup, "pids.max"));
            Assert.Equal("30000 60000", Read(cgroup, "cpu.max") ?? $"{Read(cgroup, "cpu.cfs_quota_us")} {Read(cgroup, "cpu.cfs_period_us")}");
            cgroup.Set(new() { Cpu = new() { Period = 20_000 } }, isRoot: true);
            Assert.Equal("30000 20000", Read(cgroup, "cpu.max") ?? $"{Read(cgroup, "cpu.cfs_quota_us")} {Read(cgroup, "cpu.cfs_period_us")}");
        });
    }

    [RootFact]
    public void Limits_that_are_checked_against_each_other_go_up_and_down()
    {
        Run("updown", new() { Memory = new() { Limit = 50 << 20, Swap = 60 << 20 } }, cgroup =>
        {
            foreach ((long limit, long swap) in ((long, long)[])[(200 << 20, 300 << 20), (40 << 20, 40 << 20), (90 << 20, 100 << 20)])
            {
                cgroup.Set(new() { Memory = new() { Limit = limit, Swap = swap } }, isRoot: true);
                Assert.Equal(limit.ToString(), Read(cgroup, "memory.max") ?? Read(cgroup, "memory.limit_in_bytes"));
                Assert.Equal(swap.ToString(), Read(cgroup, "memory.memsw.limit_in_bytes") ?? (long.Parse(Read(cgroup, "memory.swap.max")!) + limit).ToString());
            }
            var below = Assert.ThrowsAny<Exception>(() => cgroup.Set(new() { Memory = new() { Limit = 50 << 20, Swap = 10 << 20 } }, isRoot: true));
            Assert.Contains("linux.resources.memory.", below.Message, StringComparison.Ordinal);
        });
    }

    [RootFact]
    public void A_value_that_the_kernel_refuses_is_named_and_nothing_stays()
    {
        var refused = Assert.Throws<SyscallException>(() => Run("refused", new() { Cpu = new() { Cpus = "4095" } }, _ => { }));
        Assert.Contains("linux.resources.cpu.cpus", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(CgroupMounts.Find(), hierarchy => Directory.Exists($"{hierarchy.MountPoint}/{s_name}-refused"));
    }

    [RootFact]
    public void A_file_that_no_kernel_has_is_named()
    {
        var refused = Assert.Throws<RuntimeSpecException>(() => Run("nofile", new() { Unified = new Dictionary<string, string> { ["memory.nonsense"] = "1" } }, _ => { }));
        Assert.Equal("$.linux.resources.unified['memory.nonsense']", refused.Path);
    }

    [RootFact]
    public void Its_processes_are_found_frozen_signalled_and_gone_also_those_beneath_it()
    {
        Run("processes", null, cgroup =>
        {
            using Process one = Start(cgroup.Record.Directories), two = Start([]);
            string[] beneath = [.. cgroup.Record.Directories.Select(directory => directory + "/inner/most")];
            foreach (string directory in beneath)
                Directory.CreateDirectory(directory);
            foreach (string directory in beneath.Where(directory => !directory.Contains("/cpuset/", StringComparison.Ordinal)))
                File.WriteAllText(directory + "/cgroup.procs", two.Id.ToString());
            Assert.Equal([one.Id, two.Id], ContainerProcesses.List(cgroup).Order());

            ContainerProcesses.SetFrozen(cgroup, true);
            Assert.True(ContainerProcesses.IsFrozen(cgroup));
            using (ContainerCgroup again = ContainerCgroup.Open(cgroup.Record))
            {
                Assert.Equal(cgroup.Record.Directories, again.Record.Directories);
                Assert.True(ContainerProcesses.IsFrozen(again));
                // A frozen container dies of SIGKILL, and of nothing else.
                ContainerProcesses.Signal(again, 15);
                Assert.True(ContainerProcesses.IsFrozen(again));
                ContainerProcesses.Signal(again, 9);
            }
            Assert.True(one.WaitForExit(5000) && two.WaitForExit(5000));
        });
    }

    [RootFact]
    public void It_is_removed_with_what_is_still_in_it()
    {
        Process? left = null;
        Run("left", null, cgroup => left = Start(cgroup.Record.Directories));
        Assert.True(left!.WaitForExit(5000));
        left.Dispose();
    }

    [RootFact]
    public void Removing_what_is_gone_is_no_failure() =>
        CgroupRemoval.Remove(new CgroupRecord { Manager = CgroupManager.CgroupFs, Directories = ["/sys/fs/cgroup/nowhere/x"] });

    [RootFact]
    public void Where_it_will_be_is_told_before_anything_is_made()
    {
        CgroupRecord? told = null;
        using ContainerCgroup cgroup = ContainerCgroup.Make(
            ContainerCgroupPath.Parse($"/{s_name}-told", CgroupManager.CgroupFs, "x", true),
            null,
            isRoot: true,
            record =>
            {
                told = record;
                Assert.All(record.Directories, directory => Assert.False(Directory.Exists(directory)));
            });
        try
        {
            Assert.NotEmpty(cgroup.Record.Directories);
            Assert.Equal(cgroup.Record.Directories, told?.Directories);
        }
        finally
        {
            CgroupRemoval.Remove(cgroup.Record);
        }
    }

    private static void Run(string name, ResourcesSpec? resources, Action<ContainerCgroup> test)
    {
        using ContainerCgroup cgroup = ContainerCgroup.Make(ContainerCgroupPath.Parse($"/{s_name}-{name}", CgroupManager.CgroupFs, "x", true), resources, isRoot: true);
        try
        {
            test(cgroup);
        }
        finally
        {
            CgroupRemoval.Remove(cgroup.Record);
            Assert.All(cgroup.Record.Directories, directory => Assert.False(Directory.Exists(directory)));
        }
    }

    private static Process Start(IEnumerable<string> directories)
    {
        Process process = Process.Start("sleep", "1000");
        foreach (string directory in directories)
            File.WriteAllText(directory + "/cgroup.procs", process.Id.ToString());
        return process;
    }

    private static string? Read(ContainerCgroup cgroup, string file) =>
        cgroup.Record.Directories.Select(directory => $"{directory}/{file}").Where(File.Exists).Select(path => File.ReadAllText(path).Trim()).FirstOrDefault();
}
