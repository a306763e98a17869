using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Oci;
using Xunit;

namespace NsTools.Tests.Cgroups.Containers;

public sealed class ContainerCgroupPathTests
{
    [Theory]
    [InlineData("/a/b", true, "/a/b")]
    [InlineData("//a/./b/", true, "/a/b")]
    [InlineData("a/b", true, "/a/b")]
    [InlineData("a/b", false, "a/b")]
    [InlineData("/a/b", false, "/a/b")]
    [InlineData(null, true, "/id")]
    [InlineData("", false, "id")]
    public void A_path_is_taken_from_the_root_or_from_the_callers_own(string? text, bool isRoot, string expected) =>
        Assert.Equal(expected, ContainerCgroupPath.Parse(text, CgroupManager.CgroupFs, "id", isRoot).Path);

    [Theory]
    [InlineData("/")]
    [InlineData("/./")]
    [InlineData("/a/../b")]
    [InlineData("..")]
    [InlineData("/a\nb")]
    public void What_leads_out_or_is_no_path_is_refused(string text) =>
        Assert.Equal("$.linux.cgroupsPath", Assert.Throws<RuntimeSpecException>(() => ContainerCgroupPath.Parse(text, CgroupManager.CgroupFs, "id", true)).Path);

    [Theory]
    [InlineData("machine.slice:libpod:1234", "machine.slice", "libpod-1234.scope")]
    [InlineData(":libpod:1234", null, "libpod-1234.scope")]
    [InlineData("user.slice::pod.slice", "user.slice", "pod.slice")]
    [InlineData(null, null, "nsrun-id.scope")]
    public void Slice_prefix_and_name_make_a_scope(string? text, string? slice, string unit)
    {
        ContainerCgroupPath path = ContainerCgroupPath.Parse(text, CgroupManager.Systemd, "id", true);
        Assert.Equal(slice, path.Slice);
        Assert.Equal(unit, path.Unit);
    }

    [Theory]
    [InlineData("/a/b")]
    [InlineData("a:b")]
    [InlineData("a.slice:b:")]
    [InlineData("machine:b:c")]
    [InlineData("a.slice:b/c:d")]
    [InlineData("a.slice:b:c:d")]
    public void What_is_no_scope_is_refused(string text) =>
        Assert.Equal("$.linux.cgroupsPath", Assert.Throws<RuntimeSpecException>(() => ContainerCgroupPath.Parse(text, CgroupManager.Systemd, "id", true)).Path);
}
