using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using NsTools.Mounts;
using NsTools.Tests.Harness;
using Xunit;

namespace NsTools.Tests.Mounts;

public sealed class FileSystemMounterTests
{
    [RootFact]
    public void A_link_swapped_in_while_mounting_and_unmounting_never_leads_out()
    {
        using TemporaryDirectory directory = new();
        string source = Directory.CreateDirectory(directory["source"]).FullName;
        string root = Directory.CreateDirectory(directory["root"]).FullName;
        string outside = Directory.CreateDirectory(directory["outside"]).FullName;
        Directory.CreateDirectory(directory["root/swapped"]);
        File.CreateSymbolicLink(directory["root/link"], outside);
        // A mount out there that an unmount gone astray would take away.
        string bystander = Directory.CreateDirectory(directory["outside/victim"]).FullName;
        ClassicMount.Mount("bystander", bystander, "tmpfs", 0, "size=4k");

        int mounted = 0;
        using SwappingAttacker attacker = new(directory["root/swapped"], directory["root/link"]);
        for (int round = 0; round < 500; round++)
        {
            try
            {
                MountPoint mount = FileSystemMounter.Mount(new MountRequest { Source = source, Target = "/swapped/victim", Root = root });
                mounted++;
                Assert.StartsWith(root + "/", mount.Target, StringComparison.Ordinal);
                FileSystemUnmounter.Dismount(new DismountRequest { Target = "/swapped/victim", Root = root });
            }
            catch (Exception failure) when (failure is SyscallException or NsToolsException)
            {
                // Lost a race: fine, as long as nothing happened outside.
            }
            Assert.Equal(
                ["bystander"],
                MountInfo.Read("/proc/self/mountinfo").Where(m => m.Target.StartsWith(outside, StringComparison.Ordinal)).Select(m => m.Source));
        }
        Assert.True(mounted > 10, $"mounted only {mounted} times");
        Assert.True(attacker.Swaps > 10, $"only {attacker.Swaps} swaps");
    }

    [RootFact]
    public void What_is_made_for_a_mount_that_fails_is_removed_again()
    {
        using TemporaryDirectory directory = new();
        File.WriteAllText(directory["file"], "");
        Assert.Equal("TargetKindMismatch", Assert.Throws<NsToolsException>(() =>
            FileSystemMounter.Mount(new MountRequest { Source = directory.Path, Target = directory["new/../file"] })).ErrorId);
        Assert.False(Directory.Exists(directory["new"]));
    }
}
