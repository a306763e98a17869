using System.Security.Cryptography;
using NsTools.Images.Layouts;
using NsTools.Tests.Harness;
using Xunit;

namespace NsTools.Tests.Images;

/// <summary>Blobs that get their places in a layout together.</summary>
public sealed class BlobPlacerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task TwoCopiesOfTheSameBlobsInOtherOrdersDoNotWaitForEachOther()
    {
        var layout = new OciLayout(_directory["layout"]);
        // More than are put on the disk at once.
        List<byte[]> blobs = [.. Enumerable.Range(0, 150).Select(_ => RandomNumberGenerator.GetBytes(500))];

        long[] moved = await Task.WhenAll(PutAsync(layout, blobs), PutAsync(layout, [.. blobs.AsEnumerable().Reverse()])).WaitAsync(TimeSpan.FromSeconds(30));

        // Each came once.
        Assert.Equal(150 * 500, moved.Sum());
        Assert.All(blobs, content => Assert.Equal(content, File.ReadAllBytes(layout.BlobPath(Digest.Of(content)))));
        Assert.False(Directory.Exists(_directory["layout/.nstools"]));
    }

    [Fact]
    public async Task ABlobThatCannotHaveItsPlaceFailsTheCopy()
    {
        var layout = new OciLayout(_directory["layout"]);
        byte[] good = RandomNumberGenerator.GetBytes(500), blocked = RandomNumberGenerator.GetBytes(500);
        Directory.CreateDirectory(Path.Join(layout.BlobPath(Digest.Of(blocked)), "in the way"));
        await using (OciLayoutDestination destination = Open(layout))
        {
            await PutAsync(destination, good);
            await PutAsync(destination, blocked);
            await Assert.ThrowsAnyAsync<Exception>(() => destination.CommitAsync(CancellationToken.None));
        }
        Assert.Empty(layout.ReadEntries());
        Assert.Equal(good, File.ReadAllBytes(layout.BlobPath(Digest.Of(good))));
    }

    [Fact]
    public async Task ASmallBlobWithMoreThanItsBytesIsNone()
    {
        var layout = new OciLayout(_directory["layout"]);
        byte[] content = RandomNumberGenerator.GetBytes(500);
        await using (OciLayoutDestination destination = Open(layout))
        {
            NsToolsException failure = await Assert.ThrowsAsync<NsToolsException>(() => destination.PutBlobAsync(
                DescriptorOf(content), (offset, _) => Task.FromResult<Stream>(new MemoryStream([.. content, 1])), null, CancellationToken.None));
            Assert.Equal("SizeMismatch", failure.ErrorId);
        }
        Assert.False(File.Exists(layout.BlobPath(Digest.Of(content))));
    }

    private static async Task<long> PutAsync(OciLayout layout, IReadOnlyList<byte[]> blobs)
    {
        await using OciLayoutDestination destination = Open(layout);
        long moved = 0;
        foreach (byte[] content in blobs)
            moved += await PutAsync(destination, content);
        await destination.CommitAsync(CancellationToken.None);
        return moved;
    }

    private static Task<long> PutAsync(OciLayoutDestination destination, byte[] content) => destination.PutBlobAsync(
        DescriptorOf(content), (offset, _) => Task.FromResult<Stream>(new MemoryStream(content, (int)offset, content.Length - (int)offset)), null, CancellationToken.None);

    private static OciLayoutDestination Open(OciLayout layout) => new(layout, ImageReference.Parse($"oci:{layout.Path}:x"), CancellationToken.None);

    private static ImageDescriptor DescriptorOf(byte[] content) => new() { MediaType = "application/octet-stream", Digest = Digest.Of(content), Size = content.Length };
}
