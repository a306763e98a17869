using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NsTools.Images;
using NsTools.Images.Copying;
using NsTools.Tests.Harness;
using NsTools.Tests.RootFileSystems;
using Xunit;
using Answer = NsTools.Tests.RootFileSystems.MischievousServer.Answer;

namespace NsTools.Tests.Images;

/// <summary>
/// A real registry that takes tokens of a server of ours, and verifies them itself: signature, issuer, audience, time, and
/// whether they are for what is asked (distribution, "Token Authentication Specification").
/// </summary>
public sealed class TokenServerTests : IDisposable
{
    private const string Issuer = "test-issuer", Service = "test-registry";

    private readonly TemporaryDirectory _directory = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    public TokenServerTests()
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        _certificate = new CertificateRequest($"CN={Issuer}", _key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
        File.WriteAllText(_directory["issuer.crt"], _certificate.ExportCertificatePem());
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        _directory.Dispose();
    }

    [RegistryFact]
    public async Task AnImageGoesInAndOutWithTokensForJustThat()
    {
        using MischievousServer tokens = Serve();
        using DockerRegistry registry = Start(tokens);
        ImageReference image = TestImage.Create(_directory["image"], "x", 100_000, 2_000_000), remote = ImageReference.Parse($"docker://{registry.Host}/team/app:v1");
        ImageAccess ann = TestImage.Access() with { Credential = new RegistryCredential("ann", "geheim") };

        ImageCopyResult up = await ImageCopier.CopyAsync(image, remote, new(), TestImage.Access(), ann, null, CancellationToken.None);
        ImageCopyResult down = await ImageCopier.CopyAsync(remote, ImageReference.Parse($"oci:{_directory["back"]}:x"), new(), ann, TestImage.Access(), null, CancellationToken.None);

        Assert.Equal(up.Digest, down.Digest);
        // One token for reading and one for writing, whatever the number of blobs.
        Assert.Equal(2, tokens.Requests.Select(r => r.Path).Distinct().Count());
        Assert.Equal(2, tokens.Requests.Count);
        Assert.All(tokens.Requests, r => Assert.Contains($"service={Service}", r.Path, StringComparison.Ordinal));
        Assert.All(tokens.Requests, r => Assert.Equal($"Basic {Convert.ToBase64String("ann:geheim"u8)}", r.Headers["authorization"]));
    }

    [RegistryFact]
    public async Task ATokenThatEndsIsFetchedAgain()
    {
        // The registry grants a minute beyond a token's end (its own leeway): so the first ones are two minutes old.
        int issued = 0;
        using MischievousServer tokens = Serve(_ => Interlocked.Increment(ref issued) == 1 ? TimeSpan.FromMinutes(-2) : TimeSpan.FromMinutes(5));
        using DockerRegistry registry = Start(tokens);
        ImageReference image = TestImage.Create(_directory["image"], "x", 10_000);
        ImageAccess ann = TestImage.Access() with { Credential = new RegistryCredential("ann", "geheim") };

        await ImageCopier.CopyAsync(image, ImageReference.Parse($"docker://{registry.Host}/team/app:v1"), new(), TestImage.Access(), ann, null, CancellationToken.None);

        Assert.True(issued > 1);
    }

    [RegistryFact]
    public async Task WhoMayOnlyReadIsToldSo()
    {
        using MischievousServer tokens = Serve(grants: "pull");
        using DockerRegistry registry = Start(tokens);
        ImageReference image = TestImage.Create(_directory["image"], "x", 10_000);
        ImageAccess ann = TestImage.Access() with { Credential = new RegistryCredential("ann", "geheim") };

        NsToolsException failure = await Assert.ThrowsAsync<NsToolsException>(() => ImageCopier.CopyAsync(
            image, ImageReference.Parse($"docker://{registry.Host}/team/app:v1"), new(), TestImage.Access(), ann, null, CancellationToken.None));

        Assert.Equal(FailureKind.PermissionDenied, failure.Kind);
        Assert.DoesNotContain("geheim", failure.ToString(), StringComparison.Ordinal);
    }

    // distribution, "OAuth2 Token Authentication": what docker login keeps where an account has no password of its own.
    [RegistryFact]
    public async Task AnIdentityTokenIsExchangedAndNeverShownToTheRegistry()
    {
        using MischievousServer tokens = Serve();
        using DockerRegistry registry = Start(tokens);
        ImageReference image = TestImage.Create(_directory["image"], "x", 100_000), remote = ImageReference.Parse($"docker://{registry.Host}/team/app:v1");
        ImageAccess ann = TestImage.Access() with { Credential = new RegistryCredential(RegistryCredential.IdentityTokenName, "refresh me") };

        ImageCopyResult up = await ImageCopier.CopyAsync(image, remote, new(), TestImage.Access(), ann, null, CancellationToken.None);
        ImageCopyResult down = await ImageCopier.CopyAsync(remote, ImageReference.Parse($"oci:{_directory["back"]}:x"), new(), ann, TestImage.Access(), null, CancellationToken.None);

        Assert.Equal(up.Digest, down.Digest);
        Assert.Equal(2, tokens.Requests.Count);
        Assert.All(tokens.Requests, r =>
        {
            Assert.Equal("POST", r.Method);
            Assert.False(r.Headers.ContainsKey("authorization"));
            Dictionary<string, string> form = FormOf(r.Body);
            Assert.Equal(("refresh_token", "refresh me", Service), (form["grant_type"], form["refresh_token"], form["service"]));
            Assert.StartsWith("repository:team/app:", form["scope"], StringComparison.Ordinal);
            Assert.NotEmpty(form["client_id"]);
        });
    }

    [RegistryFact]
    public async Task AnIdentityTokenThatHasEndedIsToldOfWithoutShowingIt()
    {
        using var tokens = new MischievousServer(_ => new Answer(401, Encoding.UTF8.GetBytes("""{"errors":[{"code":"UNAUTHORIZED","message":"refresh token expired"}]}""")));
        using DockerRegistry registry = Start(tokens);
        ImageAccess ann = TestImage.Access(0) with { Credential = new RegistryCredential(RegistryCredential.IdentityTokenName, "s3cret") };

        NsToolsException failure = await Assert.ThrowsAsync<NsToolsException>(() => ImageCopier.CopyAsync(
            ImageReference.Parse($"docker://{registry.Host}/team/app:v1"), ImageReference.Parse($"oci:{_directory["back"]}:x"), new(), ann, TestImage.Access(), null, CancellationToken.None));

        Assert.Equal("RegistryUnauthorized", failure.ErrorId);
        Assert.Contains("Connect-Registry", failure.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", failure.ToString(), StringComparison.Ordinal);
    }

    private static Dictionary<string, string> FormOf(string text) =>
        text.Split('&').Select(p => p.Split('=')).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1].Replace('+', ' ')));

    private DockerRegistry Start(MischievousServer tokens) => new(
        $$$"""auth: {token: {realm: "{{{tokens.Address}}}token", service: {{{Service}}}, issuer: {{{Issuer}}}, rootcertbundle: "{{{_directory["issuer.crt"]}}}"}}""");

    private MischievousServer Serve(Func<MischievousServer.Request, TimeSpan>? lifetime = null, string? grants = null) => new(request =>
    {
        // Of a form the scopes stand in one member.
        IEnumerable<string> scopes = request.Method == "POST" ? FormOf(request.Body)["scope"].Split(' ') : new Uri(new Uri("http://x/"), request.Path).Query.TrimStart('?').Split('&').Where(p => p.StartsWith("scope=", StringComparison.Ordinal)).Select(p => Uri.UnescapeDataString(p[6..]));
        string access = string.Join(',', scopes.Select(scope => scope.Split(':')).Select(parts =>
            $$"""{"type":"{{parts[0]}}","name":"{{parts[1]}}","actions":[{{string.Join(',', (grants ?? parts[2]).Split(',').Select(action => $"\"{action}\""))}}]}"""));
        return new Answer(200, Encoding.UTF8.GetBytes($$"""{"token":"{{Sign(access, lifetime?.Invoke(request) ?? TimeSpan.FromMinutes(5))}}","expires_in":300}"""));
    });

    // RFC 7515 with ES256 (RFC 7518, 3.4: R and S, not DER), the certificate in x5c.
    private string Sign(string access, TimeSpan lifetime)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow, end = now + lifetime;
        string header = Encode($$"""{"typ":"JWT","alg":"ES256","x5c":["{{Convert.ToBase64String(_certificate.RawData)}}"]}""");
        string claims = Encode(
            $$"""{"iss":"{{Issuer}}","sub":"ann","aud":"{{Service}}","exp":{{end.ToUnixTimeSeconds()}},"nbf":{{now.AddMinutes(-10).ToUnixTimeSeconds()}},"iat":{{now.AddMinutes(-10).ToUnixTimeSeconds()}},"jti":"{{Guid.NewGuid()}}","access":[{{access}}]}""");
        return $"{header}.{claims}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes($"{header}.{claims}"), HashAlgorithmName.SHA256))}";
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
