using System.Text;
using NsTools.Cgroups;
using NsTools.Interop.Cgroups;
using NsTools.Interop.Mounts;
using Xunit;

namespace NsTools.Tests.Cgroups;

public sealed class CgroupMountsTests
{
    private static readonly HashSet<string> s_known = ["cpu", "cpuacct", "memory", "pids"];

    [Fact]
    public void A_hierarchy_that_is_mounted_twice_is_one_where_it_usually_is()
    {
        CgroupHierarchy[] found = [.. Find("""
            30 20 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro
            31 30 0:40 / /mnt/elsewhere rw - cgroup cgroup rw,memory
            32 30 0:40 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            33 30 0:41 / /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct
            34 30 0:42 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
            """)];
        Assert.Equal(["/sys/fs/cgroup/memory", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/systemd"], found.Select(one => one.MountPoint));
        Assert.Equal(["cpu", "cpuacct"], found[1].Controllers);
        Assert.True(found[1].IsReadOnly);
        Assert.Equal("systemd", found[2].Name);
        Assert.Empty(found[2].Controllers);
    }

    [Theory]
    [InlineData("/", "/a/b", "/a/b")]
    [InlineData("/docker/x", "/docker/x/a", "/a")]
    [InlineData("/docker/x", "/docker/x", "/")]
    [InlineData("/docker/x", "/docker/xy", null)]
    [InlineData("/", "/../other", null)]
    public void A_path_of_proc_is_found_beneath_the_mount_or_not_at_all(string root, string path, string? expected)
    {
        CgroupHierarchy hierarchy = Assert.Single(Find($"32 30 0:40 {root} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"));
        Assert.Equal(expected, hierarchy.ToMounted(path));
    }

    [Theory]
    [InlineData("a/b", "/a/b")]
    [InlineData("//a/./b/", "/a/b")]
    [InlineData("/", "/")]
    public void A_path_has_one_form(string given, string expected) => Assert.Equal(expected, CgroupReference.FromPath(given).Path);

    [Theory]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("")]
    [InlineData("a\nb")]
    public void A_path_that_could_lead_out_is_none(string given) =>
        Assert.Equal("InvalidCgroupPath", Assert.Throws<NsToolsException>(() => CgroupReference.FromPath(given)).ErrorId);

    private static IReadOnlyList<CgroupHierarchy> Find(string table) =>
        CgroupMounts.Find(MountInfo.Parse(Encoding.UTF8.GetBytes(table)), s_known);
}
