namespace NsTools.Images;

/// <summary>How to get at images: what a user gave beside the reference.</summary>
public sealed record ImageAccess
{
    /// <summary>User name and password for registries; null uses what Connect-Registry, Docker or Podman have stored.</summary>
    public RegistryCredential? Credential { get; init; }

    /// <summary>True does not verify a registry's certificate.</summary>
    public bool SkipsCertificateCheck { get; init; }

    /// <summary>True lets a registry be spoken to without TLS.</summary>
    public bool AllowsHttp { get; init; }

    /// <summary>How often a request is tried again.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>Told when something is tried again, or done otherwise than asked, from any thread.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>How long to wait before the second try; each further wait is twice as long.</summary>
    internal TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long nothing may come before a connection counts as broken.</summary>
    internal TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(60);
}
