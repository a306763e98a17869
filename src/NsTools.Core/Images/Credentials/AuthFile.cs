using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;

namespace NsTools.Images.Credentials;

/// <summary>
/// A file with log-ins: containers-auth.json(5), and Docker's config.json, which has the same members beside others
/// that stay as they are.
/// </summary>
/// <param name="path">Its path.</param>
internal sealed class AuthFile(string path)
{
    private const long MaximumSize = 4 << 20;
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Its path.</summary>
    public string Path { get; } = path;

    /// <summary>The log-ins in it: what they are for, with user name and secret.</summary>
    /// <exception cref="NsToolsException">The file is not valid (<c>AuthFileInvalid</c>).</exception>
    public IReadOnlyList<KeyValuePair<string, RegistryCredential>> ReadAll()
    {
        List<KeyValuePair<string, RegistryCredential>> all = [];
        if (Auths(Read()) is { } auths)
        {
            foreach ((string key, JsonNode? entry) in auths)
            {
                if (CredentialOf(entry) is { } credential)
                    all.Add(new(key, credential));
            }
        }
        return all;
    }

    /// <summary>The helper for a registry, by <c>credHelpers</c> or <c>credsStore</c>; null where the file names none.</summary>
    /// <param name="registry">Host and port.</param>
    public string? HelperFor(string registry)
    {
        JsonObject? root = Read();
        return (root?["credHelpers"] as JsonObject)?[registry]?.ToString() ?? root?["credsStore"]?.ToString();
    }

    /// <summary>The helpers that the file names, with the registries that they are for.</summary>
    public IEnumerable<(string Registry, string Helper)> Helpers() =>
        (Read()?["credHelpers"] as JsonObject)?.Select(h => (h.Key, h.Value?.ToString() ?? "")) ?? [];

    /// <summary>The log-in for a repository; the longest key that fits counts.</summary>
    /// <param name="registry">Host and port.</param>
    /// <param name="repository">Name within the registry; null for the registry as a whole.</param>
    public RegistryCredential? Find(string registry, string? repository)
    {
        IReadOnlyList<KeyValuePair<string, RegistryCredential>> all = ReadAll();
        for (string? key = repository is null ? registry : $"{registry}/{repository}"; key is not null; key = key.LastIndexOf('/') is > 0 and int slash ? key[..slash] : null)
        {
            foreach ((string name, RegistryCredential credential) in all)
            {
                if (name == key || (key == registry && RegistryOf(name) == registry))
                    return credential;
            }
        }
        return null;
    }

    /// <summary>Adds or replaces a log-in.</summary>
    /// <param name="registry">What it is for.</param>
    /// <param name="credential">User name and secret.</param>
    /// <param name="cancellation">Ends waiting for others that change the file.</param>
    public void Set(string registry, RegistryCredential credential, CancellationToken cancellation) => Change(
        root =>
        {
            if (root["auths"] is not JsonObject auths)
                root["auths"] = auths = [];
            var entry = new JsonObject();
            if (credential.IsIdentityToken)
            {
                entry["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:"));
                entry["identitytoken"] = credential.Secret;
            }
            else
            {
                entry["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Secret}"));
            }
            auths[registry] = entry;
            return true;
        },
        cancellation);

    /// <summary>Takes a log-in away.</summary>
    /// <param name="registry">What it is for.</param>
    /// <param name="cancellation">Ends waiting for others that change the file.</param>
    /// <returns>False when there was none.</returns>
    public bool Remove(string registry, CancellationToken cancellation)
    {
        if (Auths(Read()) is null)
            return false;
        bool isFound = false;
        Change(
            root =>
            {
                foreach (string key in Auths(root)?.Select(a => a.Key).Where(k => k == registry || RegistryOf(k) == registry && !registry.Contains('/', StringComparison.Ordinal)).ToList() ?? [])
                    isFound |= Auths(root)!.Remove(key);
                return isFound;
            },
            cancellation);
        return isFound;
    }

    /// <summary>The registry of a key: Docker writes addresses, <c>https://index.docker.io/v1/</c>.</summary>
    public static string RegistryOf(string key)
    {
        string name = key;
        foreach (string scheme in (string[])["https://", "http://"])
        {
            if (name.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
                name = name[scheme.Length..].Split('/')[0];
        }
        return name is "index.docker.io" or "registry-1.docker.io" ? "docker.io" : name;
    }

    private static JsonObject? Auths(JsonObject? root) =>
        root is null ? null : root["auths"] as JsonObject
            // .dockercfg has the entries themselves.
            ?? (root.Count > 0 && root.All(m => m.Value is JsonObject entry && entry.ContainsKey("auth")) ? root : null);

    private static RegistryCredential? CredentialOf(JsonNode? node)
    {
        if (node is not JsonObject entry)
            return null;
        string? user = entry["username"]?.ToString(), secret = entry["password"]?.ToString();
        if (entry["auth"]?.ToString() is { Length: > 0 } auth)
        {
            byte[] decoded = new byte[auth.Length];
            if (!Convert.TryFromBase64String(auth, decoded, out int length))
                return null;
            string text = Encoding.UTF8.GetString(decoded, 0, length);
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
                return null;
            // Docker pads with zero bytes.
            (user, secret) = (text[..colon], text[(colon + 1)..].TrimEnd('\0'));
        }
        if (entry["identitytoken"]?.ToString() is { Length: > 0 } token)
            return new RegistryCredential(RegistryCredential.IdentityTokenName, token);
        return user is { Length: > 0 } && secret is not null ? new RegistryCredential(user, secret) : null;
    }

    private JsonObject? Read()
    {
        var file = new FileInfo(Path);
        if (!file.Exists)
            return null;
        try
        {
            if (file.Length > MaximumSize)
                throw new JsonException("it is too large");
            return JsonNode.Parse(File.ReadAllBytes(Path)) as JsonObject ?? throw new JsonException("it is no object");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            // The parser's own message could quote the file.
            throw new NsToolsException(FailureKind.InvalidData, "AuthFileInvalid", $"'{Path}' is no JSON file with log-ins.", "Mend it, or remove it and log in again with Connect-Registry.");
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new NsToolsException(FailureKind.PermissionDenied, "AuthFileDenied", $"'{Path}' may not be read.", "It is another user's: set REGISTRY_AUTH_FILE to a file of your own.", exception);
        }
    }

    private void Change(Func<JsonObject, bool> change, CancellationToken cancellation)
    {
        string directory = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        if (!Directory.Exists(directory))
            Directory.CreateDirectory(directory, Owner | UnixFileMode.UserExecute);
        using SafeFileHandle held = DirectoryLock.Acquire(System.IO.Path.Join(directory, "."), cancellation);
        JsonObject root = Read() ?? [];
        if (change(root))
            AtomicFile.Write(Path, Encoding.UTF8.GetBytes(root.ToJsonString(s_indented)), Owner);
    }
}
