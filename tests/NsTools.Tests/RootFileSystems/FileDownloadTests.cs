using System.Security.Cryptography;
using NsTools.RootFileSystems.Downloads;
using NsTools.Tests.Harness;
using Xunit;
using static NsTools.Tests.RootFileSystems.MischievousServer;

namespace NsTools.Tests.RootFileSystems;

public sealed class FileDownloadTests : IDisposable
{
    private const string Tag = "\"one\"";
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpTransport _transport = new(TimeSpan.FromMilliseconds(20));
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(3_000_000);

    private string File => _directory["file"];

    private string Sha256 => Convert.ToHexStringLower(SHA256.HashData(_content));

    public void Dispose()
    {
        _transport.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_whole_answer_becomes_the_file_and_nothing_else()
    {
        using var server = new MischievousServer(r => Honest(r, _content, Tag));
        Download(server);
        AssertOnlyTheFile();
        Assert.Single(server.Requests);
    }

    [Fact]
    public void A_connection_that_breaks_is_resumed_where_it_broke()
    {
        using var server = new MischievousServer(r => Honest(r, _content, Tag) with { CutAfter = r.Number < 4 ? 700_000 : int.MaxValue });
        List<string> notices = [];
        Download(server, notices: notices);
        AssertOnlyTheFile();
        Assert.Equal(4, server.Requests.Count);
        Assert.All(server.Requests.Skip(1), r => Assert.Equal(Tag, r.IfRange));
        Assert.True(server.Requests[^1].RangeStart > 0);
        Assert.Equal(3, notices.Count(n => n.Contains("connection", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public void A_busy_server_is_asked_again_when_it_says(int status)
    {
        using var server = new MischievousServer(r => r.Number < 3 ? new Answer(status) { Headers = { ["Retry-After"] = "0" } } : Honest(r, _content, Tag));
        Download(server);
        AssertOnlyTheFile();
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public void Retry_After_is_waited_for()
    {
        using var server = new MischievousServer(r => r.Number == 1 ? new Answer(503) { Headers = { ["Retry-After"] = "1" } } : Honest(r, _content, Tag));
        long start = Environment.TickCount64;
        Download(server);
        Assert.InRange(Environment.TickCount64 - start, 900, 20_000);
    }

    [Theory]
    [InlineData(404, FailureKind.NotFound)]
    [InlineData(403, FailureKind.PermissionDenied)]
    [InlineData(400, FailureKind.Connection)]
    public void A_final_answer_is_not_asked_for_again(int status, FailureKind kind)
    {
        using var server = new MischievousServer(_ => new Answer(status));
        var failure = Assert.Throws<NsToolsException>(() => Download(server));
        Assert.Equal(kind, failure.Kind);
        Assert.Single(server.Requests);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void A_server_that_stays_busy_is_given_up()
    {
        using var server = new MischievousServer(_ => new Answer(503));
        var failure = Assert.Throws<NsToolsException>(() => Download(server));
        Assert.Equal("DownloadFailed", failure.ErrorId);
        Assert.Equal(6, server.Requests.Count);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void What_an_earlier_process_received_is_resumed()
    {
        System.IO.File.WriteAllBytes(File + ".partial", _content[..1_000_000]);
        System.IO.File.WriteAllText(File + ".partial.etag", Tag);
        using var server = new MischievousServer(r => Honest(r, _content, Tag));
        Download(server);
        AssertOnlyTheFile();
        Assert.Equal(1_000_000, Assert.Single(server.Requests).RangeStart);
    }

    [Fact]
    public void What_was_received_of_another_version_is_begun_anew()
    {
        System.IO.File.WriteAllBytes(File + ".partial", new byte[1_000_000]);
        System.IO.File.WriteAllText(File + ".partial.etag", "\"zero\"");
        using var server = new MischievousServer(r => Honest(r, _content, Tag));
        Download(server);
        AssertOnlyTheFile();
    }

    [Fact]
    public void A_server_that_ignores_Range_is_begun_anew()
    {
        System.IO.File.WriteAllBytes(File + ".partial", _content[..1_000_000]);
        System.IO.File.WriteAllText(File + ".partial.etag", Tag);
        using var server = new MischievousServer(_ => new Answer(200, _content));
        Download(server);
        AssertOnlyTheFile();
    }

    [Fact]
    public void Without_validator_and_checksum_nothing_is_resumed()
    {
        System.IO.File.WriteAllBytes(File + ".partial", new byte[1_000_000]);
        using var server = new MischievousServer(r => Honest(r, _content, Tag));
        Download(server, sha256: null);
        AssertOnlyTheFile();
        Assert.Null(Assert.Single(server.Requests).RangeStart);
    }

    [Fact]
    public void A_partial_file_that_is_already_whole_is_only_checked()
    {
        System.IO.File.WriteAllBytes(File + ".partial", _content);
        System.IO.File.WriteAllText(File + ".partial.etag", Tag);
        using var server = new MischievousServer(r => Honest(r, _content, Tag));
        Download(server);
        AssertOnlyTheFile();
    }

    [Fact]
    public void A_partial_file_longer_than_the_source_is_begun_anew()
    {
        System.IO.File.WriteAllBytes(File + ".partial", new byte[4_000_000]);
        System.IO.File.WriteAllText(File + ".partial.etag", Tag);
        using var server = new MischievousServer(r => Honest(r, _content, Tag));
        Download(server);
        AssertOnlyTheFile();
    }

    [Fact]
    public void Wrong_content_is_thrown_away()
    {
        byte[] lie = [.. _content];
        lie[2_000_000] ^= 1;
        using var server = new MischievousServer(r => Honest(r, lie, Tag));
        var failure = Assert.Throws<NsToolsException>(() => Download(server));
        Assert.Equal("ChecksumMismatch", failure.ErrorId);
        Assert.Contains(Sha256, failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void A_damaged_resumed_part_is_found_by_the_checksum()
    {
        byte[] damaged = _content[..1_000_000];
        damaged[5] ^= 1;
        System.IO.File.WriteAllBytes(File + ".partial", damaged);
        System.IO.File.WriteAllText(File + ".partial.etag", Tag);
        using var server = new MischievousServer(r => Honest(r, _content, Tag));
        var failure = Assert.Throws<NsToolsException>(() => Download(server));
        Assert.Equal("ChecksumMismatch", failure.ErrorId);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void More_than_the_stated_size_is_not_received()
    {
        using var server = new MischievousServer(r => Honest(r, _content, Tag));
        var failure = Assert.Throws<NsToolsException>(() => Download(server, size: 1000));
        Assert.Equal("SizeMismatch", failure.ErrorId);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public void Cancelled_it_leaves_what_can_be_resumed_and_only_that()
    {
        using var hold = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        using var server = new MischievousServer(r => Honest(r, _content, Tag) with { CutAfter = 500_000, Hold = r.Number == 1 ? hold : null });
        var download = Task.Run(() => Download(server, cancellation: cancellation.Token));
        Assert.True(SpinWait.SpinUntil(() => System.IO.File.Exists(File + ".partial") && new FileInfo(File + ".partial").Length >= 500_000, TimeSpan.FromSeconds(20)));
        long start = Environment.TickCount64;
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => download.GetAwaiter().GetResult());
        Assert.InRange(Environment.TickCount64 - start, 0, 1000);
        hold.Set();
        Assert.Equal(["file.partial", "file.partial.etag"], Directory.GetFiles(_directory.Path).Select(Path.GetFileName).Order());
        using var honest = new MischievousServer(r => Honest(r, _content, Tag));
        Download(honest);
        AssertOnlyTheFile();
        Assert.Equal(500_000, honest.Requests[0].RangeStart);
    }

    [Fact]
    public void An_existing_file_is_not_replaced_unasked()
    {
        System.IO.File.WriteAllText(File, "mine");
        using var server = new MischievousServer(r => Honest(r, _content, Tag));
        Assert.Equal("FileExists", Assert.Throws<NsToolsException>(() => Download(server)).ErrorId);
        Assert.Equal("mine", System.IO.File.ReadAllText(File));
        Download(server, overwrites: true);
        AssertOnlyTheFile();
    }

    [Fact]
    public void Two_at_once_are_one_too_many()
    {
        using FileStream other = new(File + ".partial", FileMode.Create, FileAccess.Write, FileShare.None);
        using var server = new MischievousServer(r => Honest(r, _content, Tag));
        Assert.Equal("DownloadInProgress", Assert.Throws<NsToolsException>(() => Download(server)).ErrorId);
    }

    private void Download(
        MischievousServer server, List<string>? notices = null, string? sha256 = "", long? size = null, bool overwrites = false, CancellationToken cancellation = default) =>
        FileDownload.Run(
            new DownloadRequest
            {
                Uri = new Uri(server.Address, "file"),
                Destination = File,
                Sha256 = sha256?.Length == 0 ? Sha256 : sha256,
                Size = size,
                Overwrites = overwrites,
                Notice = notices is null ? null : notices.Add,
            },
            _transport,
            cancellation);

    private void AssertOnlyTheFile()
    {
        Assert.Equal(File, Assert.Single(Directory.GetFileSystemEntries(_directory.Path)));
        Assert.Equal(_content, System.IO.File.ReadAllBytes(File));
    }
}
