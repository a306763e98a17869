using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Images.Archives;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;
using Xunit;

namespace NsTools.Tests.Images;

/// <summary>
/// Layers with bytes changed at random, checksums put right again so that the changes are not found out at once: each is
/// applied or refused, in our own words, and nothing outside its directory is touched. <c>build.ps1 Fuzz</c> tries more.
/// </summary>
public sealed class LayerFuzzTests : IDisposable
{
    private static readonly string[] s_plain = ["a", "d/", "d/f", "d/e/", "l", "l/x", "/abs", ".wh.a", ".wh.d", "d/.wh..wh..opq", "./", "b/c/f"];
    private static readonly string[] s_hostile = ["../up", ".wh..", ".wh...", "d/../../up", "l/../x", "", "../outside", "../../../../../../tmp/x", "\u001b[31m"];
    private static readonly int s_rounds =
        int.TryParse(Environment.GetEnvironmentVariable("NSTOOLS_FUZZ_COUNT"), CultureInfo.InvariantCulture, out int count) ? Math.Max(60, count / 500) : 60;

    private readonly string _directory = Directory.CreateTempSubdirectory("nstools-fuzz-").FullName;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_a_layer_says_nothing_outside_is_touched(int seed)
    {
        var random = new Random(seed);
        string outside = Path.Join(_directory, "outside");
        File.WriteAllText(outside, "untouched");
        string[] before = [.. Directory.GetFileSystemEntries(_directory)];
        int applied = 0, refused = 0;
        for (int round = 0; round < s_rounds; round++)
        {
            string root = Path.Join(_directory, "root");
            Directory.CreateDirectory(root);
            try
            {
                // Three layers each: links of one are the next one's way.
                Apply(root, [Archive(random), Archive(random), Archive(random)]);
                applied++;
            }
            catch (Exception exception) when (exception is NsToolsException or SyscallException)
            {
                Assert.DoesNotContain('\u001b', exception.Message);
                refused++;
            }
            using SafeFileHandle parent = DirectoryHandle.Open(_directory);
            TreeRemover.Remove(parent, "root", CancellationToken.None);
            Assert.Equal("untouched", File.ReadAllText(outside));
            Assert.Equal(before, Directory.GetFileSystemEntries(_directory));
        }
        Assert.True(applied > 5 && refused > 5, $"{applied} applied, {refused} refused: the fuzz has lost its teeth");
    }

    [Fact]
    public void Damaged_archives_of_images_are_refused_in_our_own_words()
    {
        var random = new Random(7);
        string path = Path.Join(_directory, "image.tar");
        byte[] good = [.. TarHeaderWriter.Create("manifest.json", 60), .. Padded("[{\"Config\":\"c\",\"RepoTags\":[\"a:1\"],\"Layers\":[\"l.tar\"]}]".PadRight(60)), .. TarHeaderWriter.Create("c", 20), .. Padded("{\"rootfs\":{}}".PadRight(20)), .. new byte[1024]];
        for (int round = 0; round < 500; round++)
        {
            byte[] bad = (byte[])good.Clone();
            for (int i = random.Next(1, 6); i > 0; i--)
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(path, bad[..random.Next(bad.Length / 2, bad.Length)]);
            try
            {
                ImageArchive.List(path, CancellationToken.None);
            }
            catch (NsToolsException)
            {
                // What else it throws would be a defect.
            }
        }
    }

    [Theory]
    [InlineData(".wh.x", "Whiteout", "x")]
    [InlineData("d/.wh.x", "Whiteout", "d/x")]
    [InlineData("d/.wh..wh..opq", "OpaqueWhiteout", "d")]
    [InlineData(".wh..wh..opq", "OpaqueWhiteout", ".")]
    [InlineData(".wh..wh.aufs", "Ignored", ".wh..wh.aufs")]
    [InlineData("d/.wh..wh.orph", "Ignored", "d/.wh..wh.orph")]
    [InlineData("d/x.wh.y", "Content", "d/x.wh.y")]
    [InlineData(".wh.", "Invalid", ".wh.")]
    [InlineData(".wh..", "Invalid", ".wh..")]
    [InlineData("d/.wh...", "Invalid", "d/.wh...")]
    [InlineData("d/.wh.x/y", "Invalid", "d/.wh.x/y")]
    public void Whiteouts_are_told_by_their_names(string name, string kind, string hidden)
    {
        Assert.Equal(RelativePathProblem.None, RelativePath.TryParse(Encoding.UTF8.GetBytes(name), out RelativePath path));
        Assert.Equal(kind, WhiteoutName.Classify(path, out RelativePath target).ToString());
        Assert.Equal(hidden, target.ToString());
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static void Apply(string root, IReadOnlyList<byte[]> layers)
    {
        using SafeFileHandle handle = DirectoryHandle.Open(root);
        var metadata = new DirectMetadata(setsOwner: false, warning: null);
        var totals = new ExpansionTotals { MaximumSize = 1 << 24 };
        using var expansion = new LayerExpansion(handle, hasLower: false, metadata, new ExpansionOptions { SkipsDevices = true }, totals, CancellationToken.None);
        foreach (byte[] layer in layers)
        {
            var described = new ImageLayer { Index = 0, Digest = Digest.Of(layer), MediaType = "application/vnd.oci.image.layer.v1.tar+gzip", Size = layer.Length };
            using LayerContent content = LayerContent.Open(described, new MemoryStream(layer), 1 << 24, CancellationToken.None);
            expansion.Apply(content);
        }
        expansion.Complete();
    }

    // A few entries of all kinds and hostile names, some bytes of which are then changed.
    private static byte[] Archive(Random random)
    {
        using var memory = new MemoryStream();
        for (int i = random.Next(1, 8); i > 0; i--)
        {
            string content = new('x', random.Next(0, 700));
            byte[] header = TarHeaderWriter.Create(Name(random), content.Length);
            header[156] = (byte)"000000055522261x"[random.Next(random.Next(6) == 0 ? 16 : 14)];
            Encoding.UTF8.GetBytes(random.Next(3) == 0 ? "../outside" : Name(random), header.AsSpan(157, 100));
            for (int changes = random.Next(12) == 0 ? random.Next(1, 4) : 0; changes > 0; changes--)
                header[random.Next(header.Length)] = (byte)random.Next(256);
            if (random.Next(40) != 0)
                PutChecksum(header);
            memory.Write(header);
            memory.Write(Padded(content));
        }
        if (random.Next(4) != 0)
            memory.Write(new byte[1024]);
        byte[] plain = memory.ToArray();
        if (random.Next(30) == 0)
            plain = plain[..random.Next(plain.Length)];
        if (random.Next(2) == 0)
            return plain;
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(plain);
        byte[] packed = compressed.ToArray();
        if (random.Next(30) == 0)
            packed[random.Next(packed.Length)] ^= 0x40;
        return packed;
    }

    private static string Name(Random random) =>
        random.Next(25) == 0 ? s_hostile[random.Next(s_hostile.Length)] : s_plain[random.Next(s_plain.Length)];

    private static void PutChecksum(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        long sum = header.Sum(value => (long)value);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", header.AsSpan(148, 8));
    }

    private static byte[] Padded(string content) => [.. Encoding.UTF8.GetBytes(content), .. new byte[(512 - (content.Length % 512)) % 512]];
}
