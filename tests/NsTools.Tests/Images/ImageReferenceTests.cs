using Xunit;

namespace NsTools.Tests.Images;

public sealed class ImageReferenceTests
{
    private const string Sha = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("docker://localhost:5000/team/app:v1", ImageTransport.Docker, "localhost:5000", "team/app", "v1", null)]
    [InlineData("docker://docker.io/alpine", ImageTransport.Docker, "docker.io", "library/alpine", null, null)]
    [InlineData("docker://alpine", ImageTransport.Docker, null, "alpine", null, null)]
    [InlineData("docker://team/app", ImageTransport.Docker, null, "team/app", null, null)]
    [InlineData("docker://[::1]:5000/a", ImageTransport.Docker, "[::1]:5000", "a", null, null)]
    [InlineData("docker://registry.example.com/a.b/c_d/e__f/g---h:T_1.2-3@" + Sha, ImageTransport.Docker, "registry.example.com", "a.b/c_d/e__f/g---h", "T_1.2-3", null)]
    [InlineData("alpine", ImageTransport.Store, null, "alpine", "latest", "alpine:latest")]
    [InlineData("localhost:5000/app:v1", ImageTransport.Store, "localhost:5000", "app", "v1", "localhost:5000/app:v1")]
    [InlineData("oci:/tmp/layout:app:v1", ImageTransport.Oci, null, null, null, "app:v1")]
    [InlineData("oci:layout", ImageTransport.Oci, null, null, null, null)]
    [InlineData("oci-archive:a.tar:localhost:5000/app", ImageTransport.OciArchive, null, null, null, "localhost:5000/app")]
    [InlineData("docker-archive:a.tar:app", ImageTransport.DockerArchive, null, null, null, "app:latest")]
    [InlineData("dir:/tmp/a:b", ImageTransport.Directory, null, null, null, null)]
    public void Parts(string text, ImageTransport transport, string? registry, string? repository, string? tag, string? name)
    {
        var reference = ImageReference.Parse(text);

        Assert.Equal((transport, registry, repository, tag, name), (reference.Transport, reference.Registry, reference.Repository, reference.Tag, reference.Name));
        Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("docker://")]
    [InlineData("docker://a/../b")]
    [InlineData("docker://host.io/../../etc")]
    [InlineData("docker://host.io/a//b")]
    [InlineData("docker://host.io/A")]
    [InlineData("docker://host.io/a:")]
    [InlineData("docker://host.io/a:.x")]
    [InlineData("docker://host.io/a:b\n")]
    [InlineData("docker://host.io/a?x=y")]
    [InlineData("docker://host.io/a#x")]
    [InlineData("docker://user@host.io/a")]
    [InlineData("docker://host.io:99999999/a")]
    [InlineData("docker://host.io/a@sha256:12")]
    [InlineData("docker://host.io/a@md5:0123456789abcdef0123456789abcdef")]
    [InlineData("docker://host.io/a@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("../escape")]
    [InlineData("/absolute")]
    [InlineData("a\0b")]
    [InlineData("oci:")]
    [InlineData("oci:/tmp/x:../../y")]
    [InlineData("dir:")]
    [InlineData("containers-storage:x")]
    [InlineData("https://host/a")]
    public void WhatIsNone(string text)
    {
        Assert.False(ImageReference.TryParse(text, out _));
        Assert.Equal("InvalidImageReference", Assert.Throws<NsToolsException>(() => ImageReference.Parse(text)).ErrorId);
    }

    [Fact]
    public void AMessageShowsNoTerminalEscapes()
    {
        NsToolsException failure = Assert.Throws<NsToolsException>(() => ImageReference.Parse("docker://host.io/\u001b[31mred"));
        Assert.DoesNotContain('\u001b', failure.Message);
    }

    [Fact]
    public void AnyTextIsAReferenceOrAnErrorOfOurs()
    {
        var random = new Random(4);
        string[] parts = ["docker://", "oci:", "dir:", "/", ":", "@", "a", "A", "..", "_", "-", ".", Sha, "localhost:5000", "\0", "\n", "é", "[", "]", " "];
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => parts[random.Next(parts.Length)]));
            if (ImageReference.TryParse(text, out ImageReference? reference))
                Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
        }
    }

    [Theory]
    [InlineData("linux/amd64", "linux/amd64")]
    [InlineData("Linux/X86_64", "linux/amd64")]
    [InlineData("linux/aarch64", "linux/arm64")]
    [InlineData("linux/arm64/v8", "linux/arm64")]
    [InlineData("linux/armhf", "linux/arm/v7")]
    public void Platforms(string text, string expected) => Assert.Equal(expected, ImagePlatform.Parse(text).ToString());
}
