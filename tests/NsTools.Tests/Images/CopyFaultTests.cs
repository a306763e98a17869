using System.Text;
using NsTools.Images.Layouts;
using NsTools.Tests.Harness;
using Xunit;

namespace NsTools.Tests.Images;

/// <summary>Copies from and to a real registry through a proxy that does it harm.</summary>
public sealed class CopyFaultTests : IDisposable
{
    private const int LayerSize = 3_000_000;
    private static readonly int[] s_layers = [LayerSize, LayerSize, 200_000, 10];

    private readonly TemporaryDirectory _directory = new();
    private readonly DockerRegistry? _registry = File.Exists(DockerRegistry.Program) ? new() : null;

    public void Dispose()
    {
        _registry?.Dispose();
        _directory.Dispose();
    }

    [RegistryFact]
    public async Task DownloadGoesOnWhereTheConnectionWasCut()
    {
        (ImageReference image, Digest digest) = await PublishAsync();
        var random = new Random(1);
        using var proxy = new FaultProxy(_registry!.Port, _ => new Fault { AnswerBytes = random.Next(300_000, 1_500_000) });

        ImageCopyResult result = await TestImage.CopyAsync(image with { Registry = proxy.Host }, Layout("down"), retries: 20);

        Assert.Equal(digest, result.Digest);
        AssertWhole("down", digest);
        // Begun anew at each cut it would be several times as many.
        Assert.InRange(proxy.BytesAnswered, s_layers.Sum(), s_layers.Sum() * 1.5);
        Assert.True(proxy.Connections > 4, $"{proxy.Connections} connections");
        Assert.False(Directory.Exists(Path.Join(_directory["down"], ".nstools")));
    }

    [RegistryFact]
    public async Task DownloadComesToItsEndThroughResets()
    {
        (ImageReference image, Digest digest) = await PublishAsync();
        var random = new Random(3);
        using var proxy = new FaultProxy(_registry!.Port, _ => new Fault { AnswerBytes = random.Next(1_000_000, 4_000_000), Resets = true });

        await TestImage.CopyAsync(image with { Registry = proxy.Host }, Layout("reset"), retries: 20);

        AssertWhole("reset", digest);
    }

    [RegistryFact]
    public async Task UploadGoesOnAfterTheConnectionWasCut()
    {
        ImageReference source = TestImage.Create(_directory["up"], "x", s_layers);
        var random = new Random(2);
        using var proxy = new FaultProxy(_registry!.Port, i => i % 3 == 2 ? new Fault { RequestBytes = random.Next(500_000, 2_000_000), Resets = i % 2 == 0 } : Fault.None);

        ImageCopyResult result = await TestImage.CopyAsync(source, ImageReference.Parse($"docker://{proxy.Host}/up/app:v1"), retries: 20);

        ImageCopyResult back = await TestImage.CopyAsync(ImageReference.Parse($"docker://{_registry.Host}/up/app:v1"), Layout("back"));
        Assert.Equal(result.Digest, back.Digest);
        AssertWhole("back", result.Digest);
    }

    [RegistryFact]
    public async Task SilenceCountsAsABrokenConnection()
    {
        (ImageReference image, Digest digest) = await PublishAsync();
        using var proxy = new FaultProxy(_registry!.Port, i => i is 1 or 2 ? new Fault { AnswerBytes = 700_000, Stalls = true } : Fault.None);

        await TestImage.CopyAsync(image with { Registry = proxy.Host }, Layout("stall"));

        AssertWhole("stall", digest);
    }

    [RegistryFact]
    public async Task RetryAfterIsWaitedFor()
    {
        (ImageReference image, Digest digest) = await PublishAsync();
        // The first connection is the trial for TLS.
        using var proxy = new FaultProxy(_registry!.Port, i => i switch
        {
            1 => new Fault { Answer = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" },
            2 => new Fault { Answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" },
            _ => Fault.None,
        });

        long start = Environment.TickCount64;
        await TestImage.CopyAsync(image with { Registry = proxy.Host }, Layout("later"));

        Assert.True(Environment.TickCount64 - start >= 1000);
        AssertWhole("later", digest);
    }

    [RegistryFact]
    public async Task ARegistryThatAlwaysFailsIsGivenUp()
    {
        using var proxy = new FaultProxy(_registry!.Port, _ => new Fault { Answer = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" });

        NsToolsException failure = await Assert.ThrowsAsync<NsToolsException>(() => TestImage.CopyAsync(ImageReference.Parse($"docker://{proxy.Host}/a/b:c"), Layout("never"), retries: 2));

        Assert.Equal("RegistryUnavailable", failure.ErrorId);
        Assert.Contains("500", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory["never"]));
    }

    [RegistryFact]
    public async Task ChangedBytesAreFoundAndThrownAway()
    {
        (ImageReference image, _) = await PublishAsync();
        // Deep in the answers of every connection a bit is another one: never in a header or a manifest.
        using var proxy = new FaultProxy(_registry!.Port, _ => new Fault
        {
            Change = (buffer, length, offset) =>
            {
                if (offset is > 100_000 and < 2_000_000)
                    buffer[length / 2] ^= 1;
                return length;
            },
        });

        NsToolsException failure = await Assert.ThrowsAsync<NsToolsException>(() => TestImage.CopyAsync(image with { Registry = proxy.Host }, Layout("lie")));

        Assert.Equal("DigestMismatch", failure.ErrorId);
        Assert.Empty(new OciLayout(_directory["lie"]).ReadEntries());
        foreach (string blob in Directory.EnumerateFiles(_directory["lie/blobs/sha256"]))
            Assert.Equal(Path.GetFileName(blob), Digest.Of(File.ReadAllBytes(blob)).Hex);
    }

    [RegistryFact]
    public async Task AWrongLengthIsFound()
    {
        (ImageReference image, _) = await PublishAsync();
        using var proxy = new FaultProxy(_registry!.Port, _ => new Fault
        {
            Change = (buffer, length, _) =>
            {
                string text = Encoding.Latin1.GetString(buffer, 0, length);
                string changed = text.Replace($"Content-Length: {LayerSize}", $"Content-Length: {LayerSize + 1}", StringComparison.Ordinal);
                Encoding.Latin1.GetBytes(changed, buffer);
                return changed.Length;
            },
        });

        NsToolsException failure = await Assert.ThrowsAsync<NsToolsException>(() => TestImage.CopyAsync(image with { Registry = proxy.Host }, Layout("length")));

        Assert.Equal("SizeMismatch", failure.ErrorId);
        Assert.Empty(new OciLayout(_directory["length"]).ReadEntries());
    }

    [RegistryFact]
    public async Task ACopyThatWasCancelledGoesOnTheNextTime()
    {
        (ImageReference image, Digest digest) = await PublishAsync();
        using (var proxy = new FaultProxy(_registry!.Port, i => i == 0 ? Fault.None : new Fault { AnswerBytes = 2_000_000, Stalls = true }))
        using (var stop = new CancellationTokenSource())
        {
            Task<ImageCopyResult> copy = TestImage.CopyAsync(image with { Registry = proxy.Host }, Layout("stop"), cancellation: stop.Token);
            while (proxy.BytesAnswered < 1_800_000 && !copy.IsCompleted)
                await Task.Delay(10);
            long before = Environment.TickCount64;
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copy);
            Assert.True(Environment.TickCount64 - before < 1000);
        }
        Assert.Empty(new OciLayout(_directory["stop"]).ReadEntries());

        ImageCopyResult result = await TestImage.CopyAsync(image, Layout("stop"));

        AssertWhole("stop", digest);
        Assert.True(result.BytesMoved < s_layers.Sum() - 500_000, $"{result.BytesMoved} bytes moved");
        Assert.True(result.BytesSkipped > 500_000, $"{result.BytesSkipped} bytes skipped");
    }

    [RegistryFact]
    public async Task ASourceThatIsNotTheBlobIsNotUploaded()
    {
        ImageReference source = TestImage.Create(_directory["bad"], "x", 2_000_000);
        string blob = Directory.GetFiles(_directory["bad/blobs/sha256"]).MaxBy(f => new FileInfo(f).Length)!;
        using (FileStream file = File.OpenWrite(blob))
        {
            file.Position = 1_000_000;
            file.WriteByte(1);
            file.WriteByte(2);
            file.WriteByte(3);
        }

        NsToolsException failure = await Assert.ThrowsAsync<NsToolsException>(() => TestImage.CopyAsync(source, ImageReference.Parse($"docker://{_registry!.Host}/bad/app:v1")));

        Assert.Equal("DigestMismatch", failure.ErrorId);
    }

    private async Task<(ImageReference Image, Digest Digest)> PublishAsync()
    {
        ImageReference source = TestImage.Create(_directory["source"], "x", s_layers);
        var image = ImageReference.Parse($"docker://{_registry!.Host}/team/app:v1");
        return (image, (await TestImage.CopyAsync(source, image)).Digest);
    }

    private ImageReference Layout(string name) => ImageReference.Parse($"oci:{_directory[name]}:x");

    private void AssertWhole(string name, Digest digest)
    {
        var layout = new OciLayout(_directory[name]);
        Assert.Equal(digest, Assert.Single(layout.ReadEntries()).Digest);
        ImageManifest manifest = NsTools.Images.Documents.ImageDocuments.ReadManifest(layout.ReadManifest(digest));
        foreach (ImageDescriptor blob in manifest.Layers.Append(manifest.Config))
            layout.ReadBlob(blob, int.MaxValue);
    }
}
