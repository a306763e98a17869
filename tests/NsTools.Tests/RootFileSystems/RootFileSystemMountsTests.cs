using NsTools.RootFileSystems;
using Tmds.Linux;
using Xunit;

namespace NsTools.Tests.RootFileSystems;

public sealed class RootFileSystemMountsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("nstools-mounts-").FullName;

    [Fact]
    public void A_root_of_the_callers_own_names_an_overlay_for_each_directory()
    {
        string root = MakeRoot();
        Assert.Equal(["/etc", "/usr"], RootFileSystemMounts.For(root).Select(mount => mount.Destination));
    }

    [RootFact]
    public unsafe void Another_users_description_is_not_followed()
    {
        string root = MakeRoot();
        fixed (byte* path = System.Text.Encoding.UTF8.GetBytes($"{HostOverlay.LayersOf(root)}/overlay.json\0"))
            Assert.Equal(0, LibC.chown(path, 65534, 65534));
        NsToolsException failure = Assert.Throws<NsToolsException>(() => RootFileSystemMounts.For(root));
        Assert.Equal("OverlayNotOwned", failure.ErrorId);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string MakeRoot()
    {
        string root = Path.Join(_directory, "root");
        Directory.CreateDirectory(root);
        Directory.CreateDirectory(HostOverlay.LayersOf(root));
        new HostOverlay { Directories = ["etc", "usr"] }.Write(root);
        return root;
    }
}
