using NsTools.Interop.Mounts;
using Xunit;

namespace NsTools.Tests.Mounts;

public sealed class MountOptionsTests
{
    [Fact]
    public void Attributes_of_the_mount_are_told_from_the_file_systems_own_options()
    {
        MountOptions options = MountOptions.Parse(["nosuid", "noexec", "nodev", "ro", "mode=755", "size=64k", "inode64"]);

        Assert.Equal(
            MountAttributes.NoSetUserId | MountAttributes.NoExecute | MountAttributes.NoDevices | MountAttributes.ReadOnly,
            options.Attributes.Set);
        Assert.Equal(["ro"], options.FileSystemFlags);
        Assert.Equal(["mode=755", "size=64k", "inode64"], options.Data);
        Assert.True(options.RecursiveAttributes.IsEmpty);
    }

    [Theory]
    [InlineData("rro", MountAttributes.ReadOnly, (MountAttributes)0)]
    [InlineData("rrw", (MountAttributes)0, MountAttributes.ReadOnly)]
    [InlineData("rnosuid", MountAttributes.NoSetUserId, (MountAttributes)0)]
    [InlineData("rdev", (MountAttributes)0, MountAttributes.NoDevices)]
    [InlineData("rnoatime", MountAttributes.NoAccessTime, MountAttributes.AccessTimeMask)]
    [InlineData("rrelatime", (MountAttributes)0, MountAttributes.AccessTimeMask)]
    [InlineData("rsymfollow", (MountAttributes)0, MountAttributes.NoSymbolicLinks)]
    public void Recursive_forms_are_kept_apart(string option, MountAttributes set, MountAttributes clear)
    {
        MountOptions options = MountOptions.Parse([option]);
        Assert.Equal(new MountAttributeChange(set, clear), options.RecursiveAttributes);
        Assert.True(options.Attributes.IsEmpty);
        Assert.Empty(options.Data);
        Assert.Empty(options.FileSystemFlags);
    }

    [Fact]
    public void The_later_of_two_that_contradict_counts()
    {
        Assert.Equal(new MountAttributeChange(0, MountAttributes.ReadOnly), MountOptions.Parse(["ro", "rw"]).Attributes);
        Assert.Empty(MountOptions.Parse(["ro", "rw"]).FileSystemFlags);
        Assert.Equal(new MountAttributeChange(MountAttributes.ReadOnly), MountOptions.Parse(["rw", "ro"]).Attributes);
        Assert.Equal(
            new MountAttributeChange(MountAttributes.StrictAccessTime, MountAttributes.AccessTimeMask),
            MountOptions.Parse(["noatime", "strictatime"]).Attributes);
        Assert.Equal(PropagationType.Slave, MountOptions.Parse(["rshared", "slave"]).Propagation);
        Assert.False(MountOptions.Parse(["rshared", "slave"]).IsPropagationRecursive);
    }

    [Theory]
    [InlineData("bind", true, false)]
    [InlineData("rbind", true, true)]
    public void Bind_mounts(string option, bool bind, bool recursive)
    {
        MountOptions options = MountOptions.Parse([option]);
        Assert.Equal((bind, recursive), (options.IsBind, options.IsRecursiveBind));
        Assert.Empty(options.Data);
    }

    [Fact]
    public void What_is_for_programs_never_reaches_the_kernel() =>
        Assert.Empty(MountOptions.Parse(["defaults", "noauto", "user", "_netdev", "nofail", "x-systemd.automount", "comment=x", ""]).Data);

    [Theory]
    [InlineData("a,b", new[] { "a", "b" })]
    [InlineData("size=1m,,mode=755,", new[] { "size=1m", "mode=755" })]
    [InlineData("context=\"u:o,r\",ro", new[] { "context=u:o,r", "ro" })]
    [InlineData("", new string[0])]
    public void A_list_is_split_outside_quotes(string list, string[] expected) => Assert.Equal(expected, MountOptions.Split(list));
}
