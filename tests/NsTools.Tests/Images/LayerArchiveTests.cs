using System.Diagnostics;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Oci;
using NsTools.RootFileSystems;
using NsTools.RootFileSystems.Archives;
using Xunit;

namespace NsTools.Tests.Images;

/// <summary>Layers that are made of directories, read again by our own reader and by GNU tar.</summary>
public sealed class LayerArchiveTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("nstools-layer-").FullName;

    [RootFact]
    public void What_an_overlay_hides_becomes_whiteouts()
    {
        Shell("mkdir -p opaque/deep plain; touch opaque/new; mknod gone c 0 0; mknod plain/gone c 0 0; setfattr -n trusted.overlay.opaque -v y opaque; setfattr -n trusted.overlay.origin -v x plain");
        IReadOnlyList<TarEntry> entries = Read(Write(new LayerArchiveOptions { IsOverlay = true }));
        Assert.Equal([".wh.gone", "opaque/", "opaque/.wh..wh..opq", "opaque/deep/", "opaque/new", "plain/", "plain/.wh.gone"], entries.Select(e => e.ToString()));
        Assert.All(entries, entry => Assert.Empty(entry.Metadata.Attributes));
    }

    [RootFact]
    public void A_whole_tree_has_its_devices_and_no_sockets()
    {
        Shell("mkdir d; mknod d/null c 1 3; mknod d/block b 260 4500; mkfifo d/pipe; ln -s ../over/there d/link; python3 -c 'import socket; s=socket.socket(socket.AF_UNIX); s.bind(\"d/sock\")'");
        Dictionary<string, TarEntry> entries = Read(Write(new LayerArchiveOptions { HasRootEntry = true })).ToDictionary(e => e.ToString());
        Assert.Equal(["./", "d/", "d/block", "d/link", "d/null", "d/pipe"], entries.Keys);
        Assert.Equal((TarEntryType.CharacterDevice, 1u, 3u), (entries["d/null"].Type, entries["d/null"].DeviceMajor, entries["d/null"].DeviceMinor));
        Assert.Equal((TarEntryType.BlockDevice, 260u, 4500u), (entries["d/block"].Type, entries["d/block"].DeviceMajor, entries["d/block"].DeviceMinor));
        Assert.Equal("../over/there", Encoding.UTF8.GetString(entries["d/link"].LinkName));
    }

    [RootFact]
    public void Modes_owners_times_and_attributes_are_kept()
    {
        Shell("echo x > f; chown 12:3000000000 f; chmod 4751 f; touch -d @86400.75 f; setfattr -n user.note -v 'a=b' f; setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 f; setfattr -n trusted.mine -v no f; echo o > old; touch -d '1960-01-01 00:00:00 UTC' old");
        Dictionary<string, TarEntry> entries = Read(Write(new LayerArchiveOptions())).ToDictionary(e => e.ToString());
        FileMetadata metadata = entries["f"].Metadata;
        Assert.Equal((12u, 3000000000u, 0x9E9, 86400L, 0), (metadata.UserId, metadata.GroupId, metadata.Mode, metadata.ModifiedSeconds, metadata.ModifiedNanoseconds));
        Assert.Equal(["security.capability", "user.note"], metadata.Attributes.Select(a => a.ToString()));
        Assert.Equal(20, metadata.Attributes[0].Value.Length);
        Assert.Equal("a=b", Encoding.UTF8.GetString(metadata.Attributes[1].Value));
        Assert.Equal(-315619200, entries["old"].Metadata.ModifiedSeconds);
    }

    [RootFact]
    public void Links_to_one_file_are_links_to_its_first_name()
    {
        Shell("mkdir a; echo x > b; ln b a/first; ln b c");
        IReadOnlyList<TarEntry> entries = Read(Write(new LayerArchiveOptions()));
        Assert.Equal(["a/ Directory ", "a/first File ", "b HardLink a/first", "c HardLink a/first"], entries.Select(e => $"{e} {e.Type} {Encoding.UTF8.GetString(e.LinkName)}"));
    }

    [RootFact]
    public void A_link_to_what_is_left_out_is_a_file()
    {
        Shell("mkdir a; echo x > a/first; ln a/first b");
        IReadOnlyList<TarEntry> entries = Read(Write(new LayerArchiveOptions { Excludes = path => path.ToString() == "a/first" }));
        Assert.Equal(["a/ Directory", "b File"], entries.Select(e => $"{e} {e.Type}"));
    }

    [RootFact]
    public void Names_of_any_length_and_bytes_are_kept()
    {
        string part = new('n', 90), deep = $"{part}/{part}/{part}";
        Shell($"mkdir -p {deep}; echo x > {deep}/file; ln -s {deep}/file link; echo y > \"$(printf 'not\\377utf8')\"; echo z > ümlaut; echo w > {new string('m', 200)}");
        byte[] archive = Write(new LayerArchiveOptions());
        IReadOnlyList<TarEntry> entries = Read(archive);
        Assert.Contains(entries, e => Convert.ToHexString(e.Name) == "6E6F74FF75746638");
        Assert.Contains(entries, e => Encoding.UTF8.GetString(e.Name) == $"{deep}/file");
        Assert.Contains(entries, e => e.LinkName.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes($"{deep}/file")));
        // GNU tar unpacks the same tree.
        File.WriteAllBytes(Path.Join(_directory, "layer.tar"), archive);
        Shell("mkdir ../out && tar -C ../out -xf ../layer.tar && diff -r . ../out");
    }

    [RootFact]
    public void The_same_tree_makes_the_same_bytes_whenever_it_was_made()
    {
        Shell("mkdir -p z a; echo 1 > z/1; echo 2 > a/2; ln a/2 z/3");
        DateTimeOffset epoch = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        byte[] first = Write(new LayerArchiveOptions { LatestTime = epoch });
        Shell("cp -a . ../copy; rm -r z a; cp -a ../copy/a ../copy/z .; find . -exec touch {} +; rm z/3; ln a/2 z/3");
        Assert.Equal(first, Write(new LayerArchiveOptions { LatestTime = epoch }));
        Assert.All(Read(first), entry => Assert.Equal(epoch.ToUnixTimeSeconds(), entry.Metadata.ModifiedSeconds));
        Shell("touch -d 2001-02-03 z/1");
        Assert.NotEqual(first, Write(new LayerArchiveOptions { LatestTime = epoch }));
    }

    [RootFact]
    public void Owners_go_through_the_maps()
    {
        Shell("touch f; chown 100005:200007 f");
        LayerArchiveOptions options = new()
        {
            UidMappings = [new IdMapping { ContainerId = 0, HostId = 100000, Size = 10 }],
            GidMappings = [new IdMapping { ContainerId = 0, HostId = 200000, Size = 10 }],
        };
        FileMetadata metadata = Read(Write(options))[0].Metadata;
        Assert.Equal((5u, 7u), (metadata.UserId, metadata.GroupId));
        Shell("touch foreign");
        Assert.Equal("OwnerNotMapped", Assert.Throws<NsToolsException>(() => Write(options)).ErrorId);
    }

    [RootFact]
    public void What_is_read_is_what_can_be_applied_again()
    {
        Shell("mkdir -p a/b; echo x > a/b/f; ln -s f a/b/l; ln a/b/f a/h; chmod 2775 a; chown 7:8 a/b/f; touch -d @1000000000 a/b/f; truncate -s 3m a/sparse");
        File.WriteAllBytes(Path.Join(_directory, "layer.tar"), Write(new LayerArchiveOptions { HasRootEntry = true }));
        RootFileSystemExpander.Expand(Path.Join(_directory, "layer.tar"), Path.Join(_directory, "again"), new ExpansionOptions(), CancellationToken.None);
        Shell("for t in . ../again; do (cd $t; find . -printf '%P %y %m %U:%G %s %l %n %TY\\n' | grep -v ' d ' | sort > ../list-$(basename $PWD)); done; diff ../list-tree ../list-again; diff -r . ../again");
    }

    [RootFact]
    public void Copies_of_a_tree_are_the_tree()
    {
        Shell("mkdir -p a/b; echo x > a/b/f; chmod 4711 a/b/f; ln -s f a/b/l; ln a/b/f a/h; mkfifo a/p; setfattr -n user.x -v 1 a/b/f; touch -d @1000000000.5 a/b/f a");
        string copy = Path.Join(_directory, "copied");
        Directory.CreateDirectory(copy);
        using (SafeFileHandle from = DirectoryHandle.Open(Tree), to = DirectoryHandle.Open(copy))
            new FileTreeCopy().Copy(from, to, CancellationToken.None);
        Shell("f() { (cd $1; find a -printf '%p %y %m %U:%G %l %n %T@\\n' | sort; getfattr -R -d a); }; [ \"$(f .)\" = \"$(f ../copied)\" ] && [ ../copied/a/h -ef ../copied/a/b/f ]");
    }

    // Not Directory.Delete, which has names as text.
    public void Dispose()
    {
        using Process remove = Process.Start("rm", ["-rf", _directory]);
        remove.WaitForExit();
    }

    private string Tree => Directory.CreateDirectory(Path.Join(_directory, "tree")).FullName;

    private byte[] Write(LayerArchiveOptions options)
    {
        using SafeFileHandle directory = DirectoryHandle.Open(Tree);
        using MemoryStream output = new();
        LayerArchive.Write(directory, output, options, CancellationToken.None);
        return output.ToArray();
    }

    private static List<TarEntry> Read(byte[] archive)
    {
        using ArchiveContent content = ArchiveContent.Open(new MemoryStream(archive), "layer", archive.Length, null, CancellationToken.None);
        TarArchiveReader reader = new(content);
        List<TarEntry> entries = [];
        while (reader.Next() is { } entry)
            entries.Add(entry);
        return entries;
    }

    private void Shell(string script)
    {
        ProcessStartInfo start = new("/bin/bash", ["-euc", script]) { WorkingDirectory = Tree, RedirectStandardError = true, RedirectStandardOutput = true };
        using Process shell = Process.Start(start)!;
        string said = shell.StandardOutput.ReadToEnd() + shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.True(shell.ExitCode == 0, $"{script}: {said}");
    }
}
