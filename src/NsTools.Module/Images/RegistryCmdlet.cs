using NsTools.Images;
using NsTools.Images.Registries;

namespace NsTools.Module.Images;

/// <summary>A cmdlet that asks registries.</summary>
public abstract class RegistryCmdlet : ImageSourceCmdlet
{
    /// <summary>Asks registries as the parameters say.</summary>
    private protected RegistryClient Client => new(Access);

    /// <summary>A repository in the user's words: <c>docker://</c> may be left out.</summary>
    /// <param name="text">The words.</param>
    private protected static ImageReference ToRepository(string text)
    {
        var reference = ImageReference.Parse(text.StartsWith("docker://", StringComparison.Ordinal) ? text : $"docker://{text}");
        return reference.Transport == ImageTransport.Docker
            ? reference
            : throw new NsToolsException(FailureKind.InvalidArgument, "InvalidImageReference", $"'{text}' is in no registry.", "Write docker://REGISTRY/REPOSITORY.");
    }

    /// <summary>A registry in the user's words.</summary>
    /// <param name="text">The words: host and port, <c>docker://</c> and a slash at the end may be there.</param>
    private protected static string ToRegistry(string text)
    {
        string registry = (text.StartsWith("docker://", StringComparison.Ordinal) ? text["docker://".Length..] : text).TrimEnd('/');
        if (registry is "index.docker.io" or "registry-1.docker.io")
            registry = "docker.io";
        return RegistryNames.IsRegistry(registry)
            ? registry
            : throw new NsToolsException(FailureKind.InvalidArgument, "InvalidRegistry", $"'{text}' is no registry.", "Write its host, and its port where it is not 443: registry.example.com:5000.");
    }
}
