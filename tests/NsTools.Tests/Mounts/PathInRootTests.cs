using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using NsTools.Tests.Harness;
using Tmds.Linux;
using Xunit;

namespace NsTools.Tests.Mounts;

public sealed class PathInRootTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _root;
    private readonly string _outside;
    private readonly SafeFileHandle _handle;

    public PathInRootTests()
    {
        _root = Directory.CreateDirectory(_directory["root"]).FullName;
        _outside = Directory.CreateDirectory(_directory["outside"]).FullName;
        _handle = PathInRoot.OpenRoot(_root);
    }

    public void Dispose()
    {
        _handle.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("/../../outside/x", "outside/x")]
    [InlineData("../../../../x", "x")]
    [InlineData("a/b/../../../../../y", "y")]
    [InlineData("/", "")]
    [InlineData(".", "")]
    [InlineData("a/./b//c/", "a/b/c")]
    public void Dots_never_lead_out(string path, string expected)
    {
        using MountTarget target = PathInRoot.CreateTarget(_handle, path, isDirectory: true);
        Assert.Equal(Path.TrimEndingDirectorySeparator(Path.Combine(_root, expected)), Descriptor.PathOf(target.Handle));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_outside));
    }

    [Fact]
    public void An_absolute_link_is_relative_to_the_root()
    {
        File.CreateSymbolicLink(Path.Combine(_root, "link"), _outside);
        using MountTarget target = PathInRoot.CreateTarget(_handle, "link/x", isDirectory: true);
        Assert.Equal(_root + _outside + "/x", Descriptor.PathOf(target.Handle));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_outside));
        using SafeFileHandle opened = PathInRoot.Open(_handle, "link/x", LibC.O_PATH);
        Assert.Equal(_root + _outside + "/x", Descriptor.PathOf(opened));
    }

    [Fact]
    public void A_relative_link_upwards_stops_at_the_root()
    {
        Directory.CreateDirectory(Path.Combine(_root, "a"));
        File.CreateSymbolicLink(Path.Combine(_root, "a/link"), "../../../../outside");
        using MountTarget target = PathInRoot.CreateTarget(_handle, "a/link", isDirectory: true);
        Assert.Equal(_root + "/outside", Descriptor.PathOf(target.Handle));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_outside));
    }

    [Fact]
    public void The_target_of_a_dangling_link_is_made_inside()
    {
        Directory.CreateDirectory(Path.Combine(_root, "etc"));
        File.CreateSymbolicLink(Path.Combine(_root, "etc/resolv.conf"), "../run/resolve/stub.conf");
        using MountTarget target = PathInRoot.CreateTarget(_handle, "/etc/resolv.conf", isDirectory: false);
        Assert.Equal(_root + "/run/resolve/stub.conf", Descriptor.PathOf(target.Handle));
        Assert.True(target.IsCreated);

        target.RemoveCreated();
        Assert.False(Directory.Exists(Path.Combine(_root, "run")));
        Assert.True(Directory.Exists(Path.Combine(_root, "etc")));
    }

    [Fact]
    public void Links_in_a_circle_are_refused()
    {
        File.CreateSymbolicLink(Path.Combine(_root, "a"), "b");
        File.CreateSymbolicLink(Path.Combine(_root, "b"), "a");
        Assert.Equal("ELOOP", Assert.Throws<SyscallException>(() => PathInRoot.CreateTarget(_handle, "a/x", isDirectory: true)).Name);
    }

    [Fact]
    public void A_file_in_the_way_is_refused_and_what_was_made_is_removed()
    {
        File.WriteAllText(Path.Combine(_root, "file"), "");
        SyscallException failure = Assert.Throws<SyscallException>(() => PathInRoot.CreateTarget(_handle, "new/deeper/../../file/x", isDirectory: true));
        Assert.Equal("ENOTDIR", failure.Name);
        Assert.Contains("'file'", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_root, "new")));
    }

    [Fact]
    public void What_got_content_since_is_not_removed()
    {
        using MountTarget target = PathInRoot.CreateTarget(_handle, "a/b", isDirectory: true);
        File.WriteAllText(Path.Combine(_root, "a/other"), "kept");
        target.RemoveCreated();
        Assert.False(Directory.Exists(Path.Combine(_root, "a/b")));
        Assert.True(File.Exists(Path.Combine(_root, "a/other")));
    }

    [Fact]
    public void What_is_there_is_taken_as_it_is()
    {
        File.WriteAllText(Path.Combine(_root, "file"), "content");
        using MountTarget target = PathInRoot.CreateTarget(_handle, "file", isDirectory: false);
        Assert.False(target.IsCreated);
        target.RemoveCreated();
        Assert.Equal("content", File.ReadAllText(Path.Combine(_root, "file")));
    }

    [Fact]
    public void A_magic_link_of_proc_is_not_followed_out()
    {
        // What a root's own /proc/self/root would be: a link that the kernel would jump through.
        Assert.Equal("ELOOP", Assert.Throws<SyscallException>(() =>
        {
            using SafeFileHandle proc = PathInRoot.OpenRoot("/proc");
            PathInRoot.Open(proc, "self/root/etc", LibC.O_PATH).Dispose();
        }).Name);
    }

    [Fact]
    public void A_link_swapped_in_during_the_walk_never_leads_out()
    {
        Directory.CreateDirectory(Path.Combine(_root, "swapped"));
        File.CreateSymbolicLink(Path.Combine(_root, "link"), _outside);
        using SwappingAttacker attacker = new(Path.Combine(_root, "swapped"), Path.Combine(_root, "link"));
        for (int round = 0; round < 3000; round++)
        {
            try
            {
                using MountTarget target = PathInRoot.CreateTarget(_handle, "swapped/victim", isDirectory: true);
                Assert.StartsWith(_root + "/", Descriptor.PathOf(target.Handle), StringComparison.Ordinal);
                target.RemoveCreated();
            }
            catch (SyscallException)
            {
                // Lost a race: fine, as long as nothing was made outside.
            }
            Assert.Empty(Directory.EnumerateFileSystemEntries(_outside));
        }
        Assert.True(attacker.Swaps > 100, $"only {attacker.Swaps} swaps");
    }
}
