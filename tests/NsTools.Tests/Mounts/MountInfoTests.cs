using System.Text;
using NsTools.Interop.Mounts;
using NsTools.Tests.Harness;
using Xunit;

namespace NsTools.Tests.Mounts;

public sealed class MountInfoTests
{
    [Fact]
    public void The_man_pages_example_line_is_read_field_by_field()
    {
        MountInfoEntry entry = Parse("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue")!;

        Assert.Equal((36, 35, 98, 0), (entry.Id, entry.ParentId, entry.Major, entry.Minor));
        Assert.Equal(("/mnt1", "/mnt2"), (entry.Root, entry.Target));
        Assert.Equal(["rw", "noatime"], entry.MountOptions);
        Assert.Equal(("ext3", "/dev/root"), (entry.FileSystem, entry.Source));
        Assert.Equal(["rw", "errors=continue"], entry.FileSystemOptions);
        Assert.Null(entry.PeerGroup);
        Assert.Equal(1, entry.MasterGroup);
        Assert.False(entry.IsUnbindable);
    }

    [Fact]
    public void Optional_fields_may_be_none_several_or_unknown()
    {
        Assert.Null(Parse("1 1 0:1 / / rw - tmpfs t rw")!.PeerGroup);
        MountInfoEntry both = Parse("1 1 0:1 / / rw shared:7 master:3 propagate_from:2 future:x - tmpfs t rw")!;
        Assert.Equal((7, 3), (both.PeerGroup, both.MasterGroup));
        Assert.True(Parse("1 1 0:1 / / rw unbindable - tmpfs t rw")!.IsUnbindable);
    }

    [Fact]
    public void An_empty_source_is_an_empty_field_and_does_not_shift_the_others()
    {
        MountInfoEntry entry = Parse("1 1 0:1 / /x rw - tmpfs  rw,size=4k")!;
        Assert.Equal("", entry.Source);
        Assert.Equal(["rw", "size=4k"], entry.FileSystemOptions);
    }

    [Theory]
    [InlineData(@"/a\040b", "/a b")]
    [InlineData(@"/tab\011nl\012bs\134x", "/tab\tnl\nbs\\x")]
    [InlineData(@"/hash\043", "/hash#")]
    [InlineData(@"/caf\303\251", "/café")]
    [InlineData(@"/not\04", @"/not\04")]
    [InlineData(@"/not\888", @"/not\888")]
    [InlineData(@"/end\", @"/end\")]
    [InlineData(@"\134040", @"\040")]
    public void Octal_escapes_are_undone_once(string field, string expected) =>
        Assert.Equal(expected, MountInfo.Decode(Encoding.UTF8.GetBytes(field)));

    [Fact]
    public void A_comma_inside_an_option_value_does_not_split_it() =>
        Assert.Equal(
            ["rw", "lowerdir=/a,b", "upperdir=/u"],
            Parse(@"1 1 0:1 / /x rw - overlay overlay rw,lowerdir=/a\054b,upperdir=/u")!.FileSystemOptions);

    [Theory]
    [InlineData("")]
    [InlineData("36")]
    [InlineData("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1")]
    [InlineData("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 -")]
    [InlineData("x 35 98:0 / / rw - ext3 d rw")]
    [InlineData("36 35 98 / / rw - ext3 d rw")]
    [InlineData("36 35 98:y / / rw - ext3 d rw")]
    [InlineData("99999999999999 35 98:0 / / rw - ext3 d rw")]
    public void A_line_of_another_form_is_no_entry(string line) => Assert.Null(Parse(line));

    [Fact]
    public void Random_and_damaged_tables_never_crash_the_parser()
    {
        Random random = new(20251123);
        byte[] good = Encoding.UTF8.GetBytes(
            "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime shared:4 master:1 - fuse.sshfs user@host:/ rw,errors=continue\n");
        for (int round = 0; round < 20_000; round++)
        {
            byte[] table = new byte[random.Next(200)];
            random.NextBytes(table);
            MountInfo.Parse(table);
            byte[] damaged = [.. good, .. good];
            for (int i = random.Next(1, 6); i > 0; i--)
                damaged[random.Next(damaged.Length)] = (byte)" :-\\/,0\n\xFF"[random.Next(9)];
            MountInfo.Parse(damaged.AsSpan(0, random.Next(damaged.Length + 1)));
        }
    }

    [Fact]
    public void This_processs_own_table_is_read_whole()
    {
        string[] lines = File.ReadAllLines("/proc/self/mountinfo");
        IReadOnlyList<MountInfoEntry> entries = MountInfo.Read("/proc/self/mountinfo");
        Assert.Equal(lines.Select(line => line.Split(' ')[0]), entries.Select(entry => entry.Id.ToString()));
    }

    [RootFact]
    public void A_table_larger_than_the_buffer_is_read_whole()
    {
        using TemporaryDirectory directory = new();
        for (int i = 0; i < 400; i++)
        {
            string target = Directory.CreateDirectory(directory[$"{new string('m', 200)} {i}"]).FullName;
            ClassicMount.Mount("none", target, "tmpfs", 0, "size=4k");
        }
        Assert.Equal(
            400,
            MountInfo.Read("/proc/self/mountinfo").Count(m => m.Target.StartsWith(directory[new string('m', 200) + " "], StringComparison.Ordinal)));
    }

    private static MountInfoEntry? Parse(string line) => MountInfo.TryParseLine(Encoding.UTF8.GetBytes(line));
}
