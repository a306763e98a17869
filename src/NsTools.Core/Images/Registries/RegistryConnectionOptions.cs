namespace NsTools.Images.Registries;

/// <summary>How one registry is spoken to.</summary>
internal sealed record RegistryConnectionOptions
{
    /// <summary>Its name, as users write it.</summary>
    public required string Registry { get; init; }

    /// <summary>Host and port to connect to: Docker Hub's is another one than its name.</summary>
    public string Host => Registry == "docker.io" ? "registry-1.docker.io" : Registry;

    /// <summary>What it is to be logged in with; null for nothing.</summary>
    public RegistryCredential? Credential { get; init; }

    /// <summary>True does not verify its certificate.</summary>
    public bool SkipsCertificateCheck { get; init; }

    /// <summary>True lets it be spoken to without TLS.</summary>
    public bool AllowsHttp { get; init; }

    /// <summary>How often a request is tried again.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>How long to wait before the second try; each further wait is twice as long.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long nothing may come before the connection counts as broken.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Told when something is tried again, from any thread.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Certificates of its own from certs.d.</summary>
    public Configuration.RegistryCertificates Certificates { get; init; } = Configuration.RegistryCertificates.None;
}
