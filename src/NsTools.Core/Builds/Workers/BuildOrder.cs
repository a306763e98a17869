using NsTools.Containers.Networks;
using NsTools.Images;

namespace NsTools.Builds.Workers;

/// <summary>A <see cref="BuildRequest"/> on its way to another process.</summary>
internal sealed record BuildOrder
{
    public required string File { get; init; }

    public required string Context { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    public string? Target { get; init; }

    public required IReadOnlyDictionary<string, string?> Arguments { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required IReadOnlyDictionary<string, string> Annotations { get; init; }

    public ImageFormat Format { get; init; }

    public string? Platform { get; init; }

    public required IReadOnlyDictionary<string, string> Secrets { get; init; }

    public required IReadOnlyList<ContainerMount> Mounts { get; init; }

    public BuildIsolation Isolation { get; init; }

    public required IReadOnlyList<string> Network { get; init; }

    public long? Memory { get; init; }

    public double? Cpu { get; init; }

    public BuildSquash Squash { get; init; }

    public bool IsUncached { get; init; }

    public ImagePullPolicy Pull { get; init; }

    public string? UserName { get; init; }

    public string? Secret { get; init; }

    public bool SkipsCertificateCheck { get; init; }

    public bool AllowsHttp { get; init; }

    public DateTimeOffset? SourceDateEpoch { get; init; }

    public string? CreatedBy { get; init; }

    public bool KeepsFailed { get; init; }

    /// <summary>Writes a request down.</summary>
    /// <param name="request">The request.</param>
    public static BuildOrder From(BuildRequest request) => new()
    {
        File = request.File.Path ?? throw new InvalidOperationException("A Dockerfile that is no file."),
        Context = request.Context,
        Tags = [.. request.Tags.Select(tag => tag.ToString())],
        Target = request.Target,
        Arguments = request.Arguments,
        Labels = request.Labels,
        Annotations = request.Annotations,
        Format = request.Format,
        Platform = request.Platform?.ToString(),
        Secrets = request.Secrets,
        Mounts = request.Mounts,
        // There it is root's of a user namespace.
        Isolation = request.Isolation == BuildIsolation.Rootless ? BuildIsolation.Oci : request.Isolation,
        Network = [.. request.Network.Words()],
        Memory = request.Memory,
        Cpu = request.Cpu,
        Squash = request.Squash,
        IsUncached = request.IsUncached,
        Pull = request.Pull,
        UserName = request.Access.Credential?.UserName,
        Secret = request.Access.Credential?.Secret,
        SkipsCertificateCheck = request.Access.SkipsCertificateCheck,
        AllowsHttp = request.Access.AllowsHttp,
        SourceDateEpoch = request.SourceDateEpoch,
        CreatedBy = request.CreatedBy,
        KeepsFailed = request.KeepsFailed,
    };

    /// <summary>The request.</summary>
    /// <exception cref="NsToolsException">The Dockerfile has changed meanwhile, and cannot be read any more.</exception>
    public BuildRequest ToRequest()
    {
        Dockerfile file = Dockerfiles.Read(System.IO.File.ReadAllText(File), File, out IReadOnlyList<DockerfileSyntaxError> errors);
        if (errors.Count > 0)
            throw new NsToolsException(FailureKind.InvalidData, "DockerfileSyntaxError", $"{File}, line {errors[0].Line}, column {errors[0].Column}: {errors[0].Message}.", errors[0].Remedy);
        return new BuildRequest
        {
            File = file,
            Context = Context,
            Tags = [.. Tags.Select(ImageReference.Parse)],
            Target = Target,
            Arguments = Arguments,
            Labels = Labels,
            Annotations = Annotations,
            Format = Format,
            Platform = Platform is null ? null : ImagePlatform.Parse(Platform),
            Secrets = Secrets,
            Mounts = Mounts,
            Isolation = Isolation,
            Network = ContainerNetworkSelection.Parse(Network, static name => name),
            Memory = Memory,
            Cpu = Cpu,
            Squash = Squash,
            IsUncached = IsUncached,
            Pull = Pull,
            Access = new ImageAccess
            {
                Credential = UserName is null ? null : new RegistryCredential(UserName, Secret ?? ""),
                SkipsCertificateCheck = SkipsCertificateCheck,
                AllowsHttp = AllowsHttp,
            },
            SourceDateEpoch = SourceDateEpoch,
            CreatedBy = CreatedBy,
            KeepsFailed = KeepsFailed,
        };
    }
}
