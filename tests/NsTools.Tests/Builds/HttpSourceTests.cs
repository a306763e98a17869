using System.Security.Cryptography;
using System.Text;
using NsTools.Builds.Remote;
using NsTools.RootFileSystems.Downloads;
using NsTools.Tests.Harness;
using NsTools.Tests.RootFileSystems;
using Xunit;
using static NsTools.Tests.RootFileSystems.MischievousServer;

namespace NsTools.Tests.Builds;

/// <summary>Files of ADD from real servers on loopback, honest and otherwise.</summary>
public sealed class HttpSourceTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpTransport _transport = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(300));
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(200_000);

    private string Checksum => Digest.Of(_content).ToString();

    public void Dispose()
    {
        _transport.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_file_has_the_servers_time_and_is_for_its_owner_alone()
    {
        using var server = new MischievousServer(_ => new Answer(200, _content) { Headers = { ["Last-Modified"] = "Thu, 02 Jan 2020 03:04:05 GMT" } });
        RemoteSource source = Bring(new Uri(server.Address, "a/file.bin"));
        Assert.Equal((Checksum, "file.bin", "file.bin"), (source.Identity, source.Name, source.Path));
        Assert.Equal(_content, File.ReadAllBytes(_directory["file.bin"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory["file.bin"]));
        Assert.Equal(new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc), File.GetLastWriteTimeUtc(_directory["file.bin"]));
        Assert.Single(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void A_file_without_a_time_has_the_first_of_all()
    {
        using var server = new MischievousServer(_ => new Answer(200, _content));
        Bring(new Uri(server.Address, "file"));
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(_directory["file"]));
    }

    [Theory]
    [InlineData("/", "attachment; filename=\"../../etc/cron.d/evil\"", "evil")]
    [InlineData("/", "attachment; filename*=UTF-8''caf%C3%A9.txt", "café.txt")]
    [InlineData("/", "attachment; filename=\"..\"", "download")]
    [InlineData("/", "nonsense;;;=", "download")]
    [InlineData("/named", "attachment; filename=other", "named")]
    public void The_servers_name_is_for_an_address_that_has_none(string path, string disposition, string name)
    {
        using var server = new MischievousServer(_ => new Answer(200, _content) { Headers = { ["Content-Disposition"] = disposition } });
        Assert.Equal(name, Bring(new Uri(server.Address, path)).Name);
        Assert.Equal(_directory[name], Assert.Single(Directory.GetFileSystemEntries(_directory.Path)));
    }

    [Fact]
    public void A_wrong_checksum_leaves_nothing_and_names_both()
    {
        string wrong = "sha256:" + new string('0', 64);
        using var server = new MischievousServer(_ => new Answer(200, _content));
        var failure = Assert.Throws<NsToolsException>(() => Bring(new Uri(server.Address, "file"), new RemoteOptions { Checksum = wrong }));
        Assert.Equal("ChecksumMismatch", failure.ErrorId);
        Assert.Contains(Checksum["sha256:".Length..], failure.Message, StringComparison.Ordinal);
        Assert.Contains(wrong["sha256:".Length..], failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Theory]
    [InlineData(256)]
    [InlineData(512)]
    public void A_right_checksum_is_what_it_is_known_by(int bits)
    {
        string checksum = bits == 256 ? Checksum : "sha512:" + Convert.ToHexStringLower(SHA512.HashData(_content));
        using var server = new MischievousServer(_ => new Answer(200, _content));
        Assert.Equal(checksum, Bring(new Uri(server.Address, "file"), new RemoteOptions { Checksum = checksum }).Identity);
    }

    [Theory]
    [InlineData("md5:00")]
    [InlineData("sha256:xyz")]
    [InlineData("be1f38e")]
    public void What_is_no_checksum_is_asked_of_no_server(string checksum)
    {
        using var server = new MischievousServer(_ => new Answer(200, _content));
        Assert.Equal("InvalidChecksum", Assert.Throws<NsToolsException>(() => Bring(new Uri(server.Address, "file"), new RemoteOptions { Checksum = checksum })).ErrorId);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void A_body_without_end_is_cut_where_the_room_ends()
    {
        // Chunks (RFC 9112, 7.1): no length is told.
        byte[] chunk = [.. "10000\r\n"u8, .. new byte[0x10000], .. "\r\n"u8];
        using var server = new MischievousServer(_ => new Answer(200, [.. Enumerable.Repeat(chunk, 64).SelectMany(part => part)]) { Headers = { ["Transfer-Encoding"] = "chunked" } });
        AssertTooLarge(server);
    }

    [Fact]
    public void A_length_without_room_is_not_even_begun()
    {
        using var server = new MischievousServer(_ => new Answer(200, _content) { Headers = { ["Content-Length"] = "900000000000" } });
        AssertTooLarge(server);
    }

    [Fact]
    public void A_length_that_is_a_lie_is_given_up()
    {
        using var server = new MischievousServer(_ => new Answer(200, _content) { Headers = { ["Content-Length"] = $"{_content.Length + 1}" } });
        Assert.Equal("DownloadFailed", Assert.Throws<NsToolsException>(() => Bring(new Uri(server.Address, "file"))).ErrorId);
    }

    [Fact]
    public void A_server_that_stops_speaking_is_given_up()
    {
        using ManualResetEventSlim never = new();
        using var server = new MischievousServer(_ => new Answer(200, _content[..1000]) { Hold = never, Headers = { ["Content-Length"] = $"{_content.Length}" } });
        var failure = Assert.Throws<NsToolsException>(() => Bring(new Uri(server.Address, "file")));
        never.Set();
        Assert.Equal("DownloadFailed", failure.ErrorId);
        Assert.Contains("nothing came", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(304)]
    [InlineData(206)]
    public void An_answer_to_another_question_is_none(int status)
    {
        using var server = new MischievousServer(_ => new Answer(status, status == 304 ? [] : _content));
        Assert.Equal("DownloadFailed", Assert.Throws<NsToolsException>(() => Bring(new Uri(server.Address, "file"))).ErrorId);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void User_and_password_are_for_the_server_of_the_address_alone()
    {
        using var other = new MischievousServer(_ => new Answer(200, _content));
        using var server = new MischievousServer(_ => new Answer(302) { Headers = { ["Location"] = new Uri(other.Address, "elsewhere").ToString() } });
        RemoteSource source = Bring(new UriBuilder(new Uri(server.Address, "file")) { UserName = "me", Password = "s3cret" }.Uri);
        Assert.Equal("file", source.Name);
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("me:s3cret")), Assert.Single(server.Requests).Headers["authorization"]);
        Assert.False(Assert.Single(other.Requests).Headers.ContainsKey("authorization"));
    }

    [Fact]
    public void Redirections_have_an_end()
    {
        using var server = new MischievousServer(request => new Answer(302) { Headers = { ["Location"] = $"/{request.Number}" } });
        Assert.Equal("DownloadFailed", Assert.Throws<NsToolsException>(() => Bring(new Uri(server.Address, "file"))).ErrorId);
        Assert.InRange(server.Requests.Count, 5, 12);
    }

    [Fact]
    public void A_failure_tells_no_secret()
    {
        using var server = new MischievousServer(_ => new Answer(404));
        var failure = Assert.Throws<NsToolsException>(() => Bring(new UriBuilder(new Uri(server.Address, "file")) { UserName = "me", Password = "s3cret", Query = "token=s3cret" }.Uri));
        Assert.Equal(FailureKind.NotFound, failure.Kind);
        Assert.DoesNotContain("s3cret", failure.ToString(), StringComparison.Ordinal);
    }

    private void AssertTooLarge(MischievousServer server)
    {
        var failure = Assert.Throws<NsToolsException>(() => FileDownload.Run(
            new DownloadRequest { Uri = new Uri(server.Address, "file"), Destination = _directory["file"], MaximumSize = 1_000_000 }, _transport, CancellationToken.None));
        Assert.Equal("DownloadTooLarge", failure.ErrorId);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
        Assert.Single(server.Requests);
    }

    private RemoteSource Bring(Uri address, RemoteOptions? options = null) =>
        new HttpSource((HttpAddress)RemoteAddress.Parse(address.AbsoluteUri)!, (options ?? new RemoteOptions()) with { Transport = _transport }).Bring(_directory.Path, trusts: false, CancellationToken.None);
}
