using System.Globalization;
using NsTools.Images.Configuration;
using Tmds.Linux;

namespace NsTools.Images.Credentials;

/// <summary>
/// The log-ins of the user, where Podman, Buildah, Skopeo and Docker keep theirs, in the order of
/// containers-auth.json(5).
/// </summary>
public static class CredentialStore
{
    // What stands for the files in credential-helpers of registries.conf(5).
    private const string FilesHelper = "containers-auth.json";

    /// <summary>The file that log-ins are written to.</summary>
    public static string PrimaryPath
    {
        get
        {
            if (Environment.GetEnvironmentVariable("REGISTRY_AUTH_FILE") is { Length: > 0 } named)
                return named;
            return Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime
                ? Path.Join(runtime, "containers", "auth.json")
                : string.Create(CultureInfo.InvariantCulture, $"/run/containers/{(uint)LibC.geteuid()}/auth.json");
        }
    }

    /// <summary>Every file that log-ins are read from, in order.</summary>
    public static IReadOnlyList<string> Paths => Environment.GetEnvironmentVariable("REGISTRY_AUTH_FILE") is { Length: > 0 } named
        ? [named]
        :
        [
            PrimaryPath,
            Path.Join(ContainersConfiguration.UserDirectory, "auth.json"),
            Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } docker ? Path.Join(docker, "config.json") : Path.Join(ContainersConfiguration.Home, ".docker", "config.json"),
            Path.Join(ContainersConfiguration.Home, ".dockercfg"),
        ];

    /// <summary>The log-in for a repository; null where there is none.</summary>
    /// <param name="registry">Host and port.</param>
    /// <param name="repository">Name within the registry; null for the registry as a whole.</param>
    /// <exception cref="NsToolsException">A file or a helper does not work.</exception>
    public static RegistryCredential? Find(string registry, string? repository)
    {
        foreach (string helper in RegistriesConfiguration.Load().CredentialHelpers)
        {
            RegistryCredential? found = helper == FilesHelper ? FindInFiles(registry, repository) : new CredentialHelper(helper).Get(registry);
            if (found is not null)
                return found;
        }
        return null;
    }

    /// <summary>Keeps a log-in: with the helper that the primary file names for the registry, or in the file.</summary>
    /// <param name="registry">Host and port, and maybe a namespace.</param>
    /// <param name="credential">User name and secret.</param>
    /// <param name="path">The file; null for the primary one.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Where it is kept.</returns>
    public static string Store(string registry, RegistryCredential credential, string? path, CancellationToken cancellation)
    {
        var file = new AuthFile(path ?? PrimaryPath);
        if (file.HelperFor(registry) is { Length: > 0 } helper)
        {
            new CredentialHelper(helper).Store(registry, credential);
            return $"docker-credential-{helper}";
        }
        file.Set(registry, credential, cancellation);
        return file.Path;
    }

    /// <summary>Takes a log-in away.</summary>
    /// <param name="registry">Host and port, and maybe a namespace.</param>
    /// <param name="path">The file; null for the primary one.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>False when there was none.</returns>
    public static bool Remove(string registry, string? path, CancellationToken cancellation)
    {
        var file = new AuthFile(path ?? PrimaryPath);
        bool isErased = file.HelperFor(registry) is { Length: > 0 } helper && new CredentialHelper(helper).Erase(registry);
        return file.Remove(registry, cancellation) || isErased;
    }

    /// <summary>All log-ins, without their secrets.</summary>
    /// <param name="path">The file to look in; null for all.</param>
    public static IReadOnlyList<RegistryConnection> List(string? path)
    {
        List<RegistryConnection> all = [];
        foreach (string file in path is null ? Paths : [path])
        {
            var auths = new AuthFile(file);
            foreach ((string key, RegistryCredential credential) in auths.ReadAll())
            {
                string registry = AuthFile.RegistryOf(key);
                // An earlier file's goes before.
                if (all.All(c => c.Registry != registry))
                    all.Add(new RegistryConnection { Registry = registry, UserName = credential.IsIdentityToken ? null : credential.UserName, HasIdentityToken = credential.IsIdentityToken, Source = file });
            }
            foreach ((string registry, string helper) in auths.Helpers())
            {
                if (all.All(c => c.Registry != registry) && new CredentialHelper(helper).Get(registry) is { } kept)
                    all.Add(new RegistryConnection { Registry = registry, UserName = kept.IsIdentityToken ? null : kept.UserName, HasIdentityToken = kept.IsIdentityToken, Source = $"docker-credential-{helper}" });
            }
        }
        return all;
    }

    private static RegistryCredential? FindInFiles(string registry, string? repository)
    {
        foreach (string path in Paths)
        {
            var file = new AuthFile(path);
            RegistryCredential? found = file.HelperFor(registry) is { Length: > 0 } helper ? new CredentialHelper(helper).Get(registry) : file.Find(registry, repository);
            if (found is not null)
                return found;
        }
        return null;
    }
}
