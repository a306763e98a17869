using System.Text;
using NsTools.Images;
using NsTools.Images.Credentials;
using NsTools.Images.Registries;
using NsTools.Tests.Harness;
using NsTools.Tests.RootFileSystems;
using Xunit;
using Answer = NsTools.Tests.RootFileSystems.MischievousServer.Answer;

namespace NsTools.Tests.Images;

/// <summary>Log-ins: where they are kept, and where they go.</summary>
public sealed class LogInTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void TheNarrowestKeyOfAFileCounts()
    {
        File.WriteAllText(_directory["auth.json"], $$$"""
            {"auths":{
              "a.example":{"auth":"{{{Base64("host:1")}}}"},
              "a.example/team":{"auth":"{{{Base64("team:2")}}}"},
              "https://index.docker.io/v1/":{"auth":"{{{Base64("hub:3:4")}}}"},
              "t.example":{"auth":"{{{Base64("<token>:")}}}","identitytoken":"tok"},
              "broken.example":{"auth":"%%%"}},
             "credHelpers":{"h.example":"pass"},"other":[1]}
            """);
        var file = new AuthFile(_directory["auth.json"]);

        Assert.Equal("team", file.Find("a.example", "team/x")?.UserName);
        Assert.Equal("host", file.Find("a.example", "teams/x")?.UserName);
        Assert.Equal("3:4", file.Find("docker.io", "library/x")?.Secret);
        Assert.True(file.Find("t.example", null)?.IsIdentityToken);
        Assert.Null(file.Find("broken.example", null));
        Assert.Equal("pass", file.HelperFor("h.example"));

        file.Set("new.example", new RegistryCredential("u", "p"), CancellationToken.None);
        Assert.Equal("p", file.Find("new.example", null)?.Secret);
        Assert.Contains("\"other\"", File.ReadAllText(file.Path), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.Path));
        Assert.True(file.Remove("docker.io", CancellationToken.None));
        Assert.False(file.Remove("docker.io", CancellationToken.None));
    }

    [Fact]
    public void ADamagedFileIsNotQuoted()
    {
        File.WriteAllText(_directory["auth.json"], "{\"auths\":{\"a\":{\"auth\":\"c2VjcmV0\" BROKEN");
        NsToolsException failure = Assert.Throws<NsToolsException>(() => new AuthFile(_directory["auth.json"]).ReadAll());
        Assert.Equal("AuthFileInvalid", failure.ErrorId);
        Assert.DoesNotContain("c2Vj", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATokenIsFetchedOnceAndSentToTheRegistryOnly()
    {
        byte[] manifest = Encoding.UTF8.GetBytes("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}""");
        using var storage = new MischievousServer(_ => new Answer(200, manifest) { Headers = { ["Content-Type"] = ImageMediaTypes.OciIndex } });
        using var tokens = new MischievousServer(_ => new Answer(200, Encoding.UTF8.GetBytes("""{"token":"t0ken","expires_in":300}""")));
        using var registry = new MischievousServer(request => request.Headers.GetValueOrDefault("authorization") != "Bearer t0ken"
            ? new Answer(401) { Headers = { ["WWW-Authenticate"] = $"Bearer realm=\"{tokens.Address}token\",service=\"reg\"" } }
            // Another host: localhost is not 127.0.0.1.
            : request.Path.StartsWith("/v2/team/", StringComparison.Ordinal)
                ? new Answer(307) { Headers = { ["Location"] = $"http://localhost:{storage.Address.Port}/blob?signature=geheim" } }
                : new Answer(200));
        ImageAccess access = TestImage.Access() with { Credential = new RegistryCredential("ann", "pa:ss") };
        var reference = ImageReference.Parse($"docker://{registry.Address.Authority}/team/app:v1");

        RegistryImageSource first = await RegistryImageSource.OpenAsync(reference, access, CancellationToken.None);
        await RegistryImageSource.OpenAsync(reference, access, CancellationToken.None);

        Assert.True((await first.GetManifestAsync(null, CancellationToken.None)).IsIndex);
        MischievousServer.Request asked = Assert.Single(tokens.Requests);
        Assert.Contains("scope=repository%3Ateam%2Fapp%3Apull", asked.Path, StringComparison.Ordinal);
        Assert.Equal($"Basic {Base64("ann:pa:ss")}", asked.Headers["authorization"]);
        Assert.Equal(2, storage.Requests.Count);
        Assert.All(storage.Requests, r => Assert.False(r.Headers.ContainsKey("authorization")));
    }

    [Fact]
    public async Task AnErrorShowsNoSecret()
    {
        using var registry = new MischievousServer(request => request.Path == "/v2/"
            ? new Answer(200)
            : request.Path.Contains("signature", StringComparison.Ordinal)
                ? new Answer(403, Encoding.UTF8.GetBytes("""{"errors":[{"code":"DENIED","message":"no\u001b[31m"}]}"""))
                : new Answer(307) { Headers = { ["Location"] = "/x?signature=geheim" } });
        ImageAccess access = TestImage.Access(0) with { Credential = new RegistryCredential("ann", "s3cret") };

        NsToolsException failure = await Assert.ThrowsAsync<NsToolsException>(() => RegistryImageSource.OpenAsync(ImageReference.Parse($"docker://{registry.Address.Authority}/a:b"), access, CancellationToken.None));

        Assert.Equal("RegistryDenied", failure.ErrorId);
        Assert.DoesNotContain("geheim", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', failure.Message);
    }

    [Fact]
    public async Task AnOversizedAnswerIsNotRead()
    {
        using var registry = new MischievousServer(request => request.Path == "/v2/" ? new Answer(200) : new Answer(200, new byte[5 << 20]));

        NsToolsException failure = await Assert.ThrowsAsync<NsToolsException>(() => RegistryImageSource.OpenAsync(ImageReference.Parse($"docker://{registry.Address.Authority}/a:b"), TestImage.Access(0), CancellationToken.None));

        Assert.Equal("ManifestTooLarge", failure.ErrorId);
    }

    [Fact]
    public async Task AListThatGoesRoundInCirclesEnds()
    {
        using var registry = new MischievousServer(request => request.Path == "/v2/"
            ? new Answer(200)
            : new Answer(200, Encoding.UTF8.GetBytes("""{"tags":["v1","\u001b[31m"]}""")) { Headers = { ["Link"] = "</v2/a/tags/list?n=1000>; rel=\"next\"" } });

        IReadOnlyList<ImageTag> tags = await new RegistryClient(TestImage.Access(0)).GetTagsAsync(ImageReference.Parse($"docker://{registry.Address.Authority}/a"), CancellationToken.None);

        Assert.Equal("v1", Assert.Single(tags).Tag);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
