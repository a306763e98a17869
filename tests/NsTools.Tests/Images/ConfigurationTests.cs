using System.Text;
using NsTools.Images.Configuration;
using NsTools.Images.Registries;
using Xunit;

namespace NsTools.Tests.Images;

/// <summary>registries.conf, policy.json and what registries ask for.</summary>
public sealed class ConfigurationTests
{
    private const string Version2 = """
        unqualified-search-registries = ["one.example", "two.example:5000"]
        short-name-mode = "permissive"

        [aliases]
        "app" = "three.example/team/app"

        [[registry]]
        prefix = "one.example/foo"
        location = "inner.example/bar"
        [[registry.mirror]]
        location = "mirror-0.example/m"
        [[registry.mirror]]
        location = "mirror-1.example/m"
        insecure = true
        pull-from-mirror = "digest-only"

        [[registry]]
        location = "one.example"
        insecure = true

        [[registry]]
        prefix = "*.bad.example"
        blocked = true
        """;

    [Fact]
    public void ShortNames()
    {
        RegistriesConfiguration configuration = From(Version2);

        Assert.Equal(["docker://one.example/x:v1", "docker://two.example:5000/x:v1"], configuration.Complete(Docker("x:v1")).Select(r => r.ToString()));
        Assert.Equal(["docker://three.example/team/app:v1"], configuration.Complete(Docker("app:v1")).Select(r => r.ToString()));
        Assert.Equal(["docker://docker.io/library/x"], From("").Complete(Docker("x")).Select(r => r.ToString()));
        Assert.Equal("ShortNameUnresolved", Assert.Throws<NsToolsException>(() => From("unqualified-search-registries = []").Complete(Docker("x"))).ErrorId);
        Assert.Equal("ShortNameAmbiguous", Assert.Throws<NsToolsException>(() => From(Version2.Replace("permissive", "enforcing", StringComparison.Ordinal)).Complete(Docker("x"))).ErrorId);
    }

    [Fact]
    public void MirrorsAndLocations()
    {
        RegistriesConfiguration configuration = From(Version2);

        Assert.Equal(["mirror-0.example/m/x", "inner.example/bar/x"], configuration.ReadFrom(Docker("one.example/foo/x:v1")).Select(e => e.ToString()));
        Assert.Equal(3, configuration.ReadFrom(Docker($"one.example/foo/x@{Digest.Of("x"u8)}")).Count);
        Assert.True(Assert.Single(configuration.ReadFrom(Docker("one.example/foobar"))).IsInsecure);
        // Redirection is for reading only.
        Assert.Equal("one.example/foo/x", configuration.WriteTo(Docker("one.example/foo/x")).ToString());
        Assert.Equal("RegistryBlocked", Assert.Throws<NsToolsException>(() => configuration.ReadFrom(Docker("very.bad.example/x"))).ErrorId);
        Assert.Equal("RegistryBlocked", Assert.Throws<NsToolsException>(() => configuration.WriteTo(Docker("very.bad.example:5000/x"))).ErrorId);
        Assert.Single(configuration.ReadFrom(Docker("bad.example/x")));
    }

    [Fact]
    public void Version1()
    {
        RegistriesConfiguration configuration = From("""
            [registries.search]
            registries = ["a.example"]
            [registries.insecure]
            registries = ["b.example"]
            [registries.block]
            registries = ["c.example"]
            """);

        Assert.Equal(["a.example"], configuration.SearchRegistries);
        Assert.True(configuration.IsInsecure("b.example"));
        Assert.Throws<NsToolsException>(() => configuration.ReadFrom(Docker("c.example/x")));
    }

    [Theory]
    [InlineData("x = [")]
    [InlineData("unqualified-search-registries = \"a\"")]
    [InlineData("short-name-mode = \"maybe\"")]
    [InlineData("[[registry]]\nblocked = true")]
    [InlineData("[[registry]]\nprefix = \"a.*.example\"")]
    [InlineData("[[registry]]\nprefix = \"a.example\"\nblocked = \"yes\"")]
    [InlineData("unqualified-search-registries = []\n[registries.search]\nregistries = []")]
    public void WhatIsNoConfiguration(string text) =>
        Assert.Equal("RegistriesConfigInvalid", Assert.Throws<NsToolsException>(() => From(text)).ErrorId);

    [Theory]
    [InlineData("good.example/x", null)]
    [InlineData("other.example/x", "PolicyRejects")]
    [InlineData("signed.example/team/x", "PolicyNeedsSignature")]
    [InlineData("signed.example/free/x", null)]
    [InlineData("a.wild.example/x", null)]
    public void Policy(string image, string? errorId)
    {
        SignaturePolicy policy = SignaturePolicy.Parse(
            """
            {"default":[{"type":"reject"}],"transports":{"docker":{
              "good.example":[{"type":"insecureAcceptAnything"}],
              "*.wild.example":[{"type":"insecureAcceptAnything"}],
              "signed.example":[{"type":"sigstoreSigned","keyPath":"/k"}],
              "signed.example/free":[{"type":"insecureAcceptAnything"}]}}}
            """u8.ToArray(),
            "policy.json");
        ImageReference reference = Docker(image);

        Exception? failure = Record.Exception(() => policy.Check("docker", SignaturePolicy.ScopesOf(reference), image));

        Assert.Equal(errorId, (failure as NsToolsException)?.ErrorId);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"default":[]}""")]
    [InlineData("""{"default":[{"type":"unknown"}]}""")]
    [InlineData("""{"default":[{"type":"insecureAcceptAnything"}],"transport":{}}""")]
    [InlineData("""{"default":[{"type":"reject"}],"default":[{"type":"insecureAcceptAnything"}]}""")]
    public void WhatIsNoPolicyLetsNothingPass(string text) => Assert.Equal(
        "PolicyInvalid",
        Assert.Throws<NsToolsException>(() => SignaturePolicy.Parse(Encoding.UTF8.GetBytes(text), "policy.json").Check("docker", [], "x")).ErrorId);

    [Fact]
    public void Challenges()
    {
        IReadOnlyDictionary<string, string> parameters = AuthChallenge.ReadParameters("realm=\"https://auth.example/token\",service=\"a \\\"b\\\"\", scope=\"repository:x:pull,push\",error=none");

        Assert.Equal(("https://auth.example/token", "a \"b\"", "repository:x:pull,push", "none"), (parameters["realm"], parameters["service"], parameters["scope"], parameters["error"]));
        Assert.Empty(AuthChallenge.ReadParameters("garbage"));
        Assert.Equal("", AuthChallenge.ReadParameters("realm=\"")["realm"]);
    }

    [Theory]
    [InlineData("""{"token":"a\r\nX: y"}""")]
    [InlineData("""{"token":""}""")]
    [InlineData("""{"token":5}""")]
    [InlineData("[]")]
    public void WhatIsNoToken(string json) => Assert.Null(RegistryToken.Read(Encoding.UTF8.GetBytes(json)));

    private static RegistriesConfiguration From(string text) => RegistriesConfiguration.From(RegistriesFile.Parse(text, "registries.conf"));

    private static ImageReference Docker(string name) => ImageReference.Parse($"docker://{name}");
}
