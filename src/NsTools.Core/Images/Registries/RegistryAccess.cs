using NsTools.Images.Configuration;
using NsTools.Images.Credentials;

namespace NsTools.Images.Registries;

/// <summary>Opens registries as the user and the configuration want it.</summary>
/// <param name="access">What the user gave.</param>
internal sealed class RegistryAccess(ImageAccess access)
{
    /// <summary>What registries.conf says.</summary>
    public RegistriesConfiguration Configuration { get; } = RegistriesConfiguration.Load();

    /// <summary>Opens a repository.</summary>
    /// <param name="endpoint">Where it is.</param>
    public RegistryRepository Open(RegistryEndpoint endpoint) => new(OpenSession(endpoint.Registry, endpoint.Repository, endpoint.IsInsecure), endpoint.Repository);

    /// <summary>Opens a registry as a whole.</summary>
    /// <param name="registry">Host and port.</param>
    public RegistrySession OpenRegistry(string registry) => OpenSession(registry, null, Configuration.IsInsecure(registry));

    private RegistrySession OpenSession(string registry, string? repository, bool isInsecure)
    {
        var options = new RegistryConnectionOptions
        {
            Registry = registry,
            Credential = access.Credential ?? CredentialStore.Find(registry, repository),
            SkipsCertificateCheck = access.SkipsCertificateCheck || isInsecure,
            AllowsHttp = access.AllowsHttp || isInsecure,
            Retries = access.Retries,
            Pause = access.Pause,
            Silence = access.Silence,
            Notice = access.Notice,
        };
        return new RegistrySession(options with { Certificates = RegistryCertificates.Read(options.Host) });
    }
}
