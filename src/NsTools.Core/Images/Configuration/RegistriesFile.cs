using Tomlyn;
using Tomlyn.Model;

namespace NsTools.Images.Configuration;

/// <summary>One file of registries.conf(5), in its version 2 or 1.</summary>
internal sealed class RegistriesFile
{
    private readonly string _path;

    private RegistriesFile(string path) => _path = path;

    /// <summary>Registries that are tried for a short name; null where the file does not say.</summary>
    public IReadOnlyList<string>? Search { get; private set; }

    /// <summary><c>short-name-mode</c>; null where the file does not say.</summary>
    public string? ShortNameMode { get; private set; }

    /// <summary>Credential helpers; null where the file does not say.</summary>
    public IReadOnlyList<string>? CredentialHelpers { get; private set; }

    /// <summary>Its rules.</summary>
    public List<RegistryRule> Rules { get; } = [];

    /// <summary>Names that short names stand for; empty where one is taken back.</summary>
    public Dictionary<string, string> Aliases { get; } = [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="NsToolsException">It is not valid (<c>RegistriesConfigInvalid</c>).</exception>
    public static RegistriesFile Read(string path) => Parse(File.ReadAllText(path), path);

    /// <summary>Reads a file's text.</summary>
    internal static RegistriesFile Parse(string text, string path)
    {
        var file = new RegistriesFile(path);
        try
        {
            file.Take(TomlSerializer.Deserialize<TomlTable>(text) ?? []);
        }
        catch (TomlException exception)
        {
            throw file.Invalid(exception.Message, exception);
        }
        return file;
    }

    private void Take(TomlTable root)
    {
        bool isOld = root.TryGetValue("registries", out object? old);
        bool isNew = root.ContainsKey("registry") || root.ContainsKey("unqualified-search-registries");
        if (isOld && isNew)
            throw Invalid("it mixes version 1 ([registries.…]) and version 2 ([[registry]])");
        if (isOld)
            TakeVersion1(old as TomlTable ?? throw Invalid("'registries' is no table"));
        Search = Strings(root, "unqualified-search-registries") ?? Search;
        CredentialHelpers = Strings(root, "credential-helpers");
        ShortNameMode = Text(root, "short-name-mode");
        if (ShortNameMode is not (null or "" or "enforcing" or "permissive" or "disabled"))
            throw Invalid($"'short-name-mode' is '{DisplayText.Of(ShortNameMode)}'");
        if (root.TryGetValue("registry", out object? registries))
        {
            foreach (TomlTable registry in registries as TomlTableArray ?? throw Invalid("'registry' is no array of tables"))
                Rules.Add(RuleOf(registry));
        }
        if (root.TryGetValue("aliases", out object? aliases))
        {
            foreach ((string name, object value) in aliases as TomlTable ?? throw Invalid("'aliases' is no table"))
                Aliases[name] = value as string ?? throw Invalid($"the alias '{DisplayText.Of(name)}' is no text");
        }
    }

    private RegistryRule RuleOf(TomlTable table)
    {
        string location = (Text(table, "location") ?? "").TrimEnd('/');
        string prefix = (Text(table, "prefix") is { Length: > 0 } given ? given : location).TrimEnd('/');
        if (prefix.Length == 0)
            throw Invalid("a [[registry]] has neither 'prefix' nor 'location'");
        if (prefix.Contains('*') && (!prefix.StartsWith("*.", StringComparison.Ordinal) || prefix.IndexOf('*', 1) > 0 || prefix.AsSpan().ContainsAny('/', ':', '@')))
            throw Invalid($"the prefix '{DisplayText.Of(prefix)}' has its '*' where it cannot be");
        List<RegistryMirror> mirrors = [];
        bool byDigest = Flag(table, "mirror-by-digest-only");
        if (table.TryGetValue("mirror", out object? given2))
        {
            foreach (TomlTable mirror in given2 as TomlTableArray ?? throw Invalid("'mirror' is no array of tables"))
            {
                string place = (Text(mirror, "location") ?? "").TrimEnd('/');
                string pull = Text(mirror, "pull-from-mirror") is { Length: > 0 } said ? said : "all";
                if (place.Length == 0)
                    throw Invalid($"a mirror of '{DisplayText.Of(prefix)}' has no 'location'");
                if (pull is not ("all" or "digest-only" or "tag-only"))
                    throw Invalid($"'pull-from-mirror' is '{DisplayText.Of(pull)}'");
                mirrors.Add(new RegistryMirror(place, Flag(mirror, "insecure"), byDigest ? "digest-only" : pull));
            }
        }
        return new RegistryRule
        {
            Prefix = prefix,
            Location = location,
            IsInsecure = Flag(table, "insecure"),
            IsBlocked = Flag(table, "blocked"),
            MirrorsByDigestOnly = byDigest,
            Mirrors = mirrors,
            File = _path,
        };
    }

    // Version 1: [registries.search], [registries.insecure] and [registries.block], each with a list 'registries'.
    private void TakeVersion1(TomlTable registries)
    {
        IReadOnlyList<string> ListOf(string name) =>
            registries.TryGetValue(name, out object? section) ? Strings(section as TomlTable ?? throw Invalid($"'registries.{name}' is no table"), "registries") ?? [] : [];
        Search = ListOf("search");
        IReadOnlyList<string> insecure = ListOf("insecure"), blocked = ListOf("block");
        foreach (string registry in insecure.Concat(blocked).Distinct())
            Rules.Add(new RegistryRule { Prefix = registry, Location = registry, IsInsecure = insecure.Contains(registry), IsBlocked = blocked.Contains(registry), File = _path });
    }

    private string? Text(TomlTable table, string name) =>
        !table.TryGetValue(name, out object? value) ? null : value as string ?? throw Invalid($"'{name}' is no text");

    private bool Flag(TomlTable table, string name) =>
        table.TryGetValue(name, out object? value) && (value as bool? ?? throw Invalid($"'{name}' is neither true nor false"));

    private List<string>? Strings(TomlTable table, string name) => !table.TryGetValue(name, out object? value)
        ? null
        : [.. (value as TomlArray ?? throw Invalid($"'{name}' is no list")).Select(item => item as string ?? throw Invalid($"'{name}' has something in it that is no text"))];

    private NsToolsException Invalid(string problem, Exception? cause = null) => new(
        FailureKind.InvalidData, "RegistriesConfigInvalid", $"'{_path}' is not valid: {DisplayText.Of(problem).TrimEnd('.')}.", "See man 5 containers-registries.conf.", cause);
}
