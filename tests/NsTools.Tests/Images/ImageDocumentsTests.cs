using System.Text;
using NsTools.Images;
using NsTools.Images.Documents;
using Xunit;

namespace NsTools.Tests.Images;

public sealed class ImageDocumentsTests
{
    private const string Config = """{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","size":2}""";
    private const string Manifest = $$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{Config}},"layers":[]}""";

    [Fact]
    public void AManifestIsRead()
    {
        ImageManifest manifest = ImageDocuments.ReadManifest(TestImage.Manifest(Manifest));

        Assert.True(manifest.IsImage);
        Assert.Empty(manifest.Layers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"schemaVersion\":2")]
    // What one reader takes for an image another takes for an index (CVE-2021-41190).
    [InlineData($$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{Config}},"layers":[],"manifests":[]}""")]
    [InlineData($$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","config":{{Config}},"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/json","manifests":[]}""")]
    public void WhatIsNoManifest(string json) =>
        Assert.Equal("ManifestInvalid", Assert.Throws<NsToolsException>(() => ManifestContent.Create(Encoding.UTF8.GetBytes(json), null, null, "test")).ErrorId);

    [Theory]
    [InlineData("""{"schemaVersion":1,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":CONFIG,"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":CONFIG,"layers":[],"layers":[CONFIG]}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"digest":"sha256:..","size":1},"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"digest":"sha256:../../../../etc/passwd","size":1},"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"size":1},"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"digest":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","size":-1},"layers":[]}""")]
    public void WhatIsNoValidManifest(string json) => Assert.Equal(
        "ManifestInvalid",
        Assert.Throws<NsToolsException>(() => ImageDocuments.ReadManifest(TestImage.Manifest(json.Replace("CONFIG", Config, StringComparison.Ordinal)))).ErrorId);

    [Fact]
    public void DockersFirstSchemaIsRefusedByName() => Assert.Equal(
        "ManifestTypeUnsupported",
        Assert.Throws<NsToolsException>(() => TestImage.Manifest("""{"schemaVersion":1,"name":"a","tag":"b","fsLayers":[],"history":[],"signatures":[]}""")).ErrorId);

    [Fact]
    public void TooLargeAndTooDeep()
    {
        byte[] large = Encoding.UTF8.GetBytes(Manifest + new string(' ', ImageDocuments.MaximumManifestSize));
        Assert.Equal("ManifestTooLarge", Assert.Throws<NsToolsException>(() => ManifestContent.Create(large, null, null, "test")).ErrorId);
        string deep = $$"""{"schemaVersion":2,"annotations":{{string.Concat(Enumerable.Repeat("{\"a\":", 5000))}}1{{new string('}', 5000)}},"config":{{Config}}}""";
        Assert.Equal("ManifestInvalid", Assert.Throws<NsToolsException>(() => TestImage.Manifest(deep)).ErrorId);
    }

    [Fact]
    public void AnotherDigestIsRefused() => Assert.Equal(
        "DigestMismatch",
        Assert.Throws<NsToolsException>(() => ManifestContent.Create(Encoding.UTF8.GetBytes(Manifest), null, Digest.Of("else"u8), "test")).ErrorId);

    [Fact]
    public void AMessageShowsNoTerminalEscapes()
    {
        NsToolsException failure = Assert.Throws<NsToolsException>(() => TestImage.Manifest("""{"schemaVersion":2,"mediaType":"\u001b[2Jx","manifests":[]}"""));
        Assert.DoesNotContain('\u001b', failure.Message);
    }

    [Fact]
    public void AnyChangeGivesADocumentOrAnErrorOfOurs()
    {
        var random = new Random(5);
        byte[] config = """{"created":"2026-01-01T00:00:00.123456789Z","os":"linux","architecture":"arm64","config":{"Env":["A=b"],"ExposedPorts":{"80/tcp":{}},"Labels":null},"rootfs":{"type":"layers","diff_ids":[]},"history":[{"created_by":"x","empty_layer":true}]}"""u8.ToArray();
        foreach (byte[] seed in (byte[][])[Encoding.UTF8.GetBytes(Manifest), config])
        {
            for (int i = 0; i < 5_000; i++)
            {
                byte[] changed = [.. seed];
                for (int n = random.Next(1, 4); n > 0; n--)
                    changed[random.Next(changed.Length)] = (byte)"\"{}[],:0a\\\u00ff"[random.Next(10)];
                try
                {
                    ImageDocuments.ReadConfig(changed);
                }
                catch (NsToolsException)
                {
                }
                try
                {
                    ManifestContent content = ManifestContent.Create(changed, null, null, "test");
                    _ = content.IsIndex ? (object)ImageDocuments.ReadIndex(content) : ImageDocuments.ReadManifest(content);
                }
                catch (NsToolsException)
                {
                }
            }
        }
    }
}
