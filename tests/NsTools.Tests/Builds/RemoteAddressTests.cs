using NsTools.Builds.Remote;
using Xunit;

namespace NsTools.Tests.Builds;

/// <summary>What ADD takes for a place on another machine, and what it never does with a stranger's word.</summary>
public sealed class RemoteAddressTests
{
    [Theory]
    [InlineData("file.txt")]
    [InlineData("dir/git@host")]
    [InlineData("./http://x")]
    [InlineData("a:b")]
    [InlineData("<<EOF")]
    public void A_path_is_none(string word) => Assert.Null(RemoteAddress.Parse(word));

    [Theory]
    [InlineData("http://h/a/b.tar.gz", "b.tar.gz")]
    [InlineData("https://h:81/a/b%20c?query=1#part", "b c")]
    [InlineData("https://h/a%2Fb", "b")]
    [InlineData("https://h/a/..%2f..%2fetc%2fpasswd", "passwd")]
    [InlineData("https://h/", null)]
    [InlineData("https://h", null)]
    [InlineData("https://h/a/", null)]
    [InlineData("https://h/%2e%2e", null)]
    [InlineData("https://h/a%00b", null)]
    [InlineData("https://h/a.gitx", "a.gitx")]
    public void A_file_has_the_name_that_its_address_ends_with(string word, string? name) =>
        Assert.Equal(name, Assert.IsType<HttpAddress>(RemoteAddress.Parse(word)).FileName);

    [Theory]
    [InlineData("https://h/a/b.git", "https://h/a/b.git", null, null)]
    [InlineData("https://h/b.git#main", "https://h/b.git", "main", null)]
    [InlineData("https://h/b.git#v1:sub/dir", "https://h/b.git", "v1", "sub/dir")]
    [InlineData("https://h/b.git#:sub", "https://h/b.git", null, "sub")]
    [InlineData("git@h:a/b.git#v1", "git@h:a/b.git", "v1", null)]
    [InlineData("git://h/b", "git://h/b", null, null)]
    [InlineData("ssh://git@h:22/b#x:", "ssh://git@h:22/b", "x", null)]
    public void A_repository_has_a_reference_and_a_directory(string word, string repository, string? reference, string? directory)
    {
        GitAddress git = Assert.IsType<GitAddress>(RemoteAddress.Parse(word));
        Assert.Equal((repository, reference, directory), (git.Repository, git.Reference, git.Subdirectory));
    }

    [Theory]
    [InlineData("https://me:s3cret@h/b.git")]
    [InlineData("https://me:s3cret@h/b?token=s3cret")]
    public void User_and_password_are_apart_from_the_address(string word)
    {
        RemoteAddress address = RemoteAddress.Parse(word)!;
        Assert.DoesNotContain("s3cret", address.Name, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", (address as GitAddress)?.Repository ?? "", StringComparison.Ordinal);
        Assert.Equal("s3cret", ((address as GitAddress)?.Credential ?? (address as HttpAddress)?.Credential)?.Password);
    }

    [Theory]
    [InlineData("ftp://h/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ext::sh -c x://y")]
    [InlineData("http://")]
    [InlineData("https://h/b.git#--upload-pack=x")]
    [InlineData("https://h/b.git#a b")]
    [InlineData("https://h/b.git?ref=x")]
    public void What_cannot_be_brought_is_an_error_or_a_path(string word)
    {
        if (RemoteAddress.IsRemote(word))
            Assert.Equal("InvalidRemoteSource", Assert.Throws<NsToolsException>(() => RemoteAddress.Parse(word)).ErrorId);
        else
            Assert.StartsWith("ext::", word, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.txt", "a.txt")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("/abs", "abs")]
    [InlineData("dir/", null)]
    [InlineData("..", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData("a\nb", null)]
    public void A_servers_name_for_a_file_is_no_path(string? text, string? name) => Assert.Equal(name, RemoteFileName.Of(text));

    [Fact]
    public void A_name_that_no_file_can_have_is_none() => Assert.Null(RemoteFileName.Of(new string('ä', 128)));
}
