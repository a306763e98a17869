using System.Reflection;
using System.Text.Json;
using NsTools.Builds;
using NsTools.Builds.Workers;
using NsTools.Containers.Networks;
using NsTools.Images;
using Xunit;

namespace NsTools.Tests.Builds;

/// <summary>Requests go to the process that builds for an ordinary user, and nothing of them is lost on the way.</summary>
public sealed class BuildOrderTests
{
    private static readonly string[] s_compared = [nameof(BuildRequest.File), nameof(BuildRequest.Access), nameof(BuildRequest.Network), nameof(BuildRequest.Observer)];

    [Fact]
    public void Every_property_of_a_request_arrives()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "FROM scratch AS one\nFROM one\n");
            BuildRequest request = new()
            {
                File = Dockerfiles.Read(File.ReadAllText(path), path, out _),
                Context = "/context",
                Tags = [ImageReference.Parse("localhost/app:v1")],
                Target = "one",
                Arguments = new Dictionary<string, string?> { ["A"] = "1", ["B"] = null },
                Labels = new Dictionary<string, string> { ["l"] = "2" },
                Annotations = new Dictionary<string, string> { ["a"] = "3" },
                Format = ImageFormat.Docker,
                Platform = ImagePlatform.Parse("linux/arm64"),
                Secrets = new Dictionary<string, string> { ["s"] = "/secret" },
                Mounts = [new ContainerMount { Type = ContainerMountType.Bind, Source = "/from", Destination = "/to", IsReadOnly = true, Options = ["nosuid"] }],
                Isolation = BuildIsolation.Chroot,
                Network = new ContainerNetworkSelection { Mode = ContainerNetworkMode.None },
                Memory = 5,
                Cpu = 1.5,
                Squash = BuildSquash.All,
                IsUncached = true,
                Pull = ImagePullPolicy.Always,
                Access = new ImageAccess { Credential = new RegistryCredential("me", "secret"), SkipsCertificateCheck = true, AllowsHttp = true },
                SourceDateEpoch = DateTimeOffset.FromUnixTimeSeconds(7),
                CreatedBy = "who",
                KeepsFailed = true,
            };
            byte[] sent = JsonSerializer.SerializeToUtf8Bytes(BuildOrder.From(request), BuildWorkerJson.Default.BuildOrder);

            BuildRequest arrived = JsonSerializer.Deserialize(sent, BuildWorkerJson.Default.BuildOrder)!.ToRequest();

            Assert.Equal(2, arrived.File.Stages.Count);
            Assert.Equal(ContainerNetworkMode.None, arrived.Network.Mode);
            Assert.Equal(("me", "secret", true, true), (arrived.Access.Credential!.UserName, arrived.Access.Credential.Secret, arrived.Access.SkipsCertificateCheck, arrived.Access.AllowsHttp));
            BuildRequest usual = new() { File = request.File, Context = "" };
            // One that is added later is missed here until its order has it, too.
            foreach (PropertyInfo property in typeof(BuildRequest).GetProperties().Where(p => p.CanWrite && !s_compared.Contains(p.Name)))
            {
                Assert.NotEqual(Text(property.GetValue(usual)), Text(property.GetValue(request)));
                Assert.Equal(Text(property.GetValue(request)), Text(property.GetValue(arrived)));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Text(object? value) => JsonSerializer.Serialize(value);
}
