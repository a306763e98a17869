using System.Text.Json;

namespace NsTools.Images.Configuration;

/// <summary>
/// policy.json(5): what images may be used. <c>insecureAcceptAnything</c> and <c>reject</c> are obeyed. NsTools verifies
/// no signatures, so that what asks for one is refused, in these words, rather than let pass.
/// </summary>
internal sealed class SignaturePolicy
{
    private readonly string _path;
    private readonly JsonElement _root;

    private SignaturePolicy(string path, JsonElement root)
    {
        _path = path;
        _root = root;
    }

    /// <summary>Reads the user's policy, or else the host's; null where there is none.</summary>
    /// <exception cref="NsToolsException">It is not valid (<c>PolicyInvalid</c>).</exception>
    public static SignaturePolicy? Load() => ContainersConfiguration.UserThenSystem("policy.json").FirstOrDefault(File.Exists) is { } path ? Parse(File.ReadAllBytes(path), path) : null;

    /// <summary>Reads a policy.</summary>
    internal static SignaturePolicy Parse(ReadOnlyMemory<byte> content, string path)
    {
        try
        {
            // A key that is there twice could hide a 'reject' (policy.json(5): duplicate keys are refused).
            using JsonDocument document = JsonDocument.Parse(content, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 32 });
            JsonElement root = document.RootElement.Clone();
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("default", out JsonElement preset) || preset.ValueKind != JsonValueKind.Array)
                throw Invalid(path, "it has no 'default'");
            foreach (JsonProperty member in root.EnumerateObject())
            {
                // A misspelt 'transports' would be as if there were no rule at all.
                if (member.Name is not ("default" or "transports"))
                    throw Invalid(path, $"it has an unknown member '{DisplayText.Of(member.Name)}'");
            }
            return new SignaturePolicy(path, root);
        }
        catch (JsonException exception)
        {
            throw Invalid(path, exception.Message, exception);
        }
    }

    /// <summary>Checks that an image may be used.</summary>
    /// <param name="transport">Its transport's name (<c>docker</c>).</param>
    /// <param name="scopes">Its scopes, the narrowest first.</param>
    /// <param name="image">The image, for errors.</param>
    /// <exception cref="NsToolsException">It may not (<c>PolicyRejects</c>), or only with a signature (<c>PolicyNeedsSignature</c>).</exception>
    public void Check(string transport, IReadOnlyList<string> scopes, string image)
    {
        JsonElement requirements = Requirements(transport, scopes);
        if (requirements.ValueKind != JsonValueKind.Array || requirements.GetArrayLength() == 0)
            throw Invalid(_path, "a list of requirements is empty or no list");
        foreach (JsonElement requirement in requirements.EnumerateArray())
        {
            string? type = requirement.ValueKind == JsonValueKind.Object && requirement.TryGetProperty("type", out JsonElement given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
            switch (type)
            {
                case "insecureAcceptAnything":
                    break;
                case "reject":
                    throw new NsToolsException(FailureKind.PermissionDenied, "PolicyRejects", $"'{image}' is rejected by '{_path}'.", "Whoever keeps that file does not want this image to be used.");
                case "signedBy" or "sigstoreSigned" or "signedBaseLayer":
                    throw new NsToolsException(
                        FailureKind.NotSupported,
                        "PolicyNeedsSignature",
                        $"'{_path}' wants a signature of '{image}' ({type}), and NsTools cannot verify one.",
                        "Copy it with skopeo, which verifies it, into a layout, and let the policy accept that directory: transports, oci, its path, insecureAcceptAnything.");
                default:
                    throw Invalid(_path, $"it has a requirement of the unknown type '{DisplayText.Of(type)}'");
            }
        }
    }

    /// <summary>The scopes of a registry's image (policy.json(5), "docker:"), the narrowest first.</summary>
    /// <param name="reference">A complete name.</param>
    public static IReadOnlyList<string> ScopesOf(ImageReference reference)
    {
        string name = reference.FullRepository!;
        List<string> scopes = [reference.Digest is { } digest ? $"{name}@{digest}" : $"{name}:{reference.Tag ?? "latest"}"];
        for (int end = name.Length; end > 0; end = name.LastIndexOf('/', end - 1))
            scopes.Add(name[..end]);
        string host = reference.Registry!.Split(':')[0];
        for (int dot = host.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = host.IndexOf('.', dot + 1))
            scopes.Add($"*{host[dot..]}");
        return scopes;
    }

    /// <summary>The scopes of an image in a file or directory, the narrowest first.</summary>
    /// <param name="path">Its absolute path.</param>
    /// <param name="name">Its name in there; null where it has none.</param>
    public static IReadOnlyList<string> ScopesOf(string path, string? name)
    {
        List<string> scopes = name is null ? [] : [$"{path}:{name}"];
        for (string? directory = path.TrimEnd('/'); directory is { Length: > 1 }; directory = Path.GetDirectoryName(directory))
            scopes.Add(directory);
        return scopes;
    }

    private JsonElement Requirements(string transport, IReadOnlyList<string> scopes)
    {
        if (_root.TryGetProperty("transports", out JsonElement transports) && transports.ValueKind == JsonValueKind.Object
            && transports.TryGetProperty(transport, out JsonElement rules) && rules.ValueKind == JsonValueKind.Object)
        {
            foreach (string scope in scopes.Append(""))
            {
                if (rules.TryGetProperty(scope, out JsonElement found))
                    return found;
            }
        }
        return _root.GetProperty("default");
    }

    private static NsToolsException Invalid(string path, string problem, Exception? cause = null) => new(
        FailureKind.InvalidData, "PolicyInvalid", $"'{path}' is not valid: {DisplayText.Of(problem).TrimEnd('.')}.", "See man 5 containers-policy.json.", cause);
}
