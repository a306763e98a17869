using System.Diagnostics;
using System.Text.Json;
using NsTools.Interop.Cgroups;
using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Tests.Cgroups.Systemd;
using Xunit;

namespace NsTools.Tests.Cgroups.Containers;

/// <summary>A container's scope, on this machine's cgroups with a peer in systemd's place, which makes them where systemd would.</summary>
public sealed class ContainerScopeTests
{
    private static readonly string s_slice = $"nstest{Environment.ProcessId}.slice";

    [BusFact]
    public void The_process_is_in_the_scope_everywhere_with_its_limits_and_both_are_told_of_new_ones()
    {
        Use((bus, process) =>
        {
            ResourcesSpec limits = new() { Pids = new() { Limit = 33 }, Cpu = new() { Quota = 15_000, Period = 100_000 } };
            ContainerCgroupPath path = ContainerCgroupPath.Parse($"{s_slice}:t:one", CgroupManager.Systemd, "one", true);
            using ContainerCgroup cgroup = ContainerCgroup.MakeScope(path, "one", limits, isRoot: true, process.Id);
            try
            {
                Assert.Equal("t-one.scope", cgroup.Record.Unit);
                Assert.Equal(CgroupMounts.Find().Count, cgroup.Record.Directories.Count);
                Assert.Equal([process.Id], ContainerProcesses.List(cgroup));
                Assert.All(
                    File.ReadAllLines($"/proc/{process.Id}/cgroup").Where(line => cgroup.Record.Directories.Any(directory => line.Contains($":{directory.Split('/')[4]}:") || line.StartsWith("0::"))),
                    line => Assert.EndsWith($"/{s_slice}/t-one.scope", line, StringComparison.Ordinal));
                Assert.Equal("33", Read(cgroup, "pids.max"));
                cgroup.Set(new() { Pids = new() { Limit = 44 } }, isRoot: true);
                Assert.Equal("44", Read(cgroup, "pids.max"));
                JsonElement started = bus.Calls.Single(call => call.GetProperty("member").GetString() == "StartTransientUnit").GetProperty("properties");
                Assert.Equal(33, started.GetProperty("TasksMax").GetInt32());
                Assert.Equal(150_000, started.GetProperty("CPUQuotaPerSecUSec").GetInt32());
                Assert.Equal(44, bus.Calls[^1].GetProperty("properties").GetProperty("TasksMax").GetInt32());
            }
            finally
            {
                CgroupRemoval.Remove(cgroup.Record);
            }
            Assert.True(process.WaitForExit(5000));
            Assert.Equal("StopUnit", bus.Calls[^1].GetProperty("member").GetString());
            Assert.All(cgroup.Record.Directories, directory => Assert.False(Directory.Exists(directory)));
        });
    }

    [BusFact]
    public void A_limit_that_is_refused_takes_the_scope_back()
    {
        Use((bus, process) =>
        {
            ContainerCgroupPath path = ContainerCgroupPath.Parse($"{s_slice}:t:two", CgroupManager.Systemd, "two", true);
            var refused = Assert.Throws<SyscallException>(() => ContainerCgroup.MakeScope(path, "two", new() { Cpu = new() { Cpus = "4095" } }, isRoot: true, process.Id));
            Assert.Contains("linux.resources.cpu.cpus", refused.Message, StringComparison.Ordinal);
            Assert.Equal("StopUnit", bus.Calls[^1].GetProperty("member").GetString());
        });
    }

    private static void Use(Action<PrivateBus, Process> test)
    {
        string[] mounts = [.. CgroupMounts.Find().Where(hierarchy => hierarchy.Version == HierarchyVersion.V2 || hierarchy.Name == "systemd").Select(hierarchy => hierarchy.MountPoint)];
        PrivateBus.Use(
            bus =>
            {
                using Process process = Process.Start("sleep", "1000");
                try
                {
                    test(bus, process);
                }
                finally
                {
                    process.Kill();
                    process.WaitForExit();
                    CgroupRemoval.Remove(new CgroupRecord { Manager = CgroupManager.CgroupFs, Directories = [.. CgroupMounts.Find().Select(hierarchy => $"{hierarchy.MountPoint}/{s_slice}")] });
                }
            },
            mounts);
    }

    private static string? Read(ContainerCgroup cgroup, string file) =>
        cgroup.Record.Directories.Select(directory => $"{directory}/{file}").Where(File.Exists).Select(path => File.ReadAllText(path).Trim()).FirstOrDefault();
}
