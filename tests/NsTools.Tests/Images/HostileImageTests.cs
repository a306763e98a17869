using System.Security.Cryptography;
using NsTools.Images;
using NsTools.Images.Copying;
using NsTools.Images.Documents;
using NsTools.Images.Layouts;
using NsTools.Tests.Harness;
using Xunit;

namespace NsTools.Tests.Images;

/// <summary>Images that were made to do harm: digests that are paths, other algorithms, indexes in indexes.</summary>
public sealed class HostileImageTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("sha256:../../../../../../../../../../../../../../../../../../../../etc/pa")]
    [InlineData("../../etc/passwd")]
    [InlineData("sha256:")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("SHA256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha256+b64:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85\\u0000")]
    public void ADigestThatIsNoneIsRefusedWithTheManifest(string digest) => Assert.Equal(
        "ManifestInvalid",
        Assert.Throws<NsToolsException>(() => ImageDocuments.ReadManifest(TestImage.Manifest(
            $$"""{"schemaVersion":2,"config":{"mediaType":"{{ImageMediaTypes.OciConfig}}","digest":"{{digest}}","size":2},"layers":[]}"""))).ErrorId);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task IndexesInIndexesEnd(bool all)
    {
        ImageReference inner = TestImage.Create(_directory["deep"], "inner", 100);
        var layout = new OciLayout(_directory["deep"]);
        ImageDescriptor below = layout.ReadEntries()[0];
        for (int depth = 0; depth < 40; depth++)
        {
            ManifestContent index = TestImage.Manifest(
                $$"""{"schemaVersion":2,"mediaType":"{{ImageMediaTypes.OciIndex}}","manifests":[{"mediaType":"{{below.MediaType}}","digest":"{{below.Digest}}","size":{{below.Size}}}]}""");
            layout.WriteBlob(index.Digest, index.Bytes);
            below = index.Descriptor;
        }
        layout.SetEntry("deep", below, CancellationToken.None);

        NsToolsException failure = await Assert.ThrowsAsync<NsToolsException>(() => TestImage.CopyAsync(
            ImageReference.Parse($"oci:{_directory["deep"]}:deep"), ImageReference.Parse($"oci:{_directory["to"]}:x"), options: new ImageCopyOptions { CopiesAll = all }));

        Assert.Equal("IndexTooDeep", failure.ErrorId);
        Assert.Equal("inner", inner.Name);
    }

    [Fact]
    public async Task ASha512LayerIsVerifiedByThat()
    {
        byte[] content = RandomNumberGenerator.GetBytes(100_000);
        Digest digest = Digest.Parse($"sha512:{Convert.ToHexStringLower(SHA512.HashData(content))}");
        ImageReference image = Write(digest, content);

        await TestImage.CopyAsync(image, ImageReference.Parse($"oci:{_directory["to"]}:x"));
        Assert.Equal(content, File.ReadAllBytes(new OciLayout(_directory["to"]).BlobPath(digest)));

        content[5] ^= 1;
        File.WriteAllBytes(new OciLayout(image.Path!).BlobPath(digest), content);
        NsToolsException failure = await Assert.ThrowsAsync<NsToolsException>(() => TestImage.CopyAsync(image, ImageReference.Parse($"oci:{_directory["other"]}:x")));
        Assert.Equal("DigestMismatch", failure.ErrorId);
        Assert.False(File.Exists(new OciLayout(_directory["other"]).BlobPath(digest)));
    }

    private ImageReference Write(Digest layer, byte[] content)
    {
        string directory = _directory["sha512"];
        ImageReference made = TestImage.Create(directory, "x", 10);
        var layout = new OciLayout(directory);
        layout.WriteBlob(layer, content);
        ImageManifest old = ImageDocuments.ReadManifest(layout.ReadManifest(layout.ReadEntries()[0].Digest));
        ManifestContent manifest = TestImage.Manifest(
            $$"""{"schemaVersion":2,"mediaType":"{{ImageMediaTypes.OciManifest}}","config":{"mediaType":"{{ImageMediaTypes.OciConfig}}","digest":"{{old.Config.Digest}}","size":{{old.Config.Size}}},"layers":[{"mediaType":"{{ImageMediaTypes.OciLayerGzip}}","digest":"{{layer}}","size":{{content.Length}}}]}""");
        layout.WriteBlob(manifest.Digest, manifest.Bytes);
        layout.SetEntry("x", manifest.Descriptor, CancellationToken.None);
        return made;
    }
}
