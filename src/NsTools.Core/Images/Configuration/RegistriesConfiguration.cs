namespace NsTools.Images.Configuration;

/// <summary>
/// What registries.conf(5) and its drop-in files say: short names, mirrors, other places, what is blocked and what may
/// be insecure.
/// </summary>
internal sealed class RegistriesConfiguration
{
    // What Docker means by a short name, and what every tool falls back to that has no configuration.
    private const string DefaultRegistry = "docker.io";

    private readonly List<RegistryRule> _rules = [];
    private readonly Dictionary<string, string> _aliases = [];
    private IReadOnlyList<string> _search = [DefaultRegistry];
    private string _shortNameMode = "permissive";
    private string? _searchOrigin;

    /// <summary>Credential helpers, in order; <c>containers-auth.json</c> stands for the files.</summary>
    public IReadOnlyList<string> CredentialHelpers { get; private set; } = ["containers-auth.json"];

    /// <summary>The registries that are tried for a short name, in order.</summary>
    public IReadOnlyList<string> SearchRegistries => _search;

    /// <summary>Reads the user's configuration, or else the host's.</summary>
    /// <exception cref="NsToolsException">A file is not valid (<c>RegistriesConfigInvalid</c>).</exception>
    public static RegistriesConfiguration Load()
    {
        string? named = Environment.GetEnvironmentVariable("CONTAINERS_REGISTRIES_CONF");
        string? main = named is { Length: > 0 } ? named : ContainersConfiguration.UserThenSystem("registries.conf").FirstOrDefault(File.Exists);
        // containers-registries.conf.d(5): the host's drop-ins before the user's, each by their names. A file that is
        // named stands alone.
        IEnumerable<string> parts = named is { Length: > 0 } ? [] : ContainersConfiguration.UserThenSystem("registries.conf.d").Reverse()
            .Where(Directory.Exists)
            .SelectMany(d => Directory.GetFiles(d, "*.conf").Order(StringComparer.Ordinal));
        return From([.. new[] { main }.OfType<string>().Concat(parts).Select(RegistriesFile.Read)]);
    }

    /// <summary>What some files say, the later ones over the earlier.</summary>
    internal static RegistriesConfiguration From(params IReadOnlyList<RegistriesFile> files)
    {
        var all = new RegistriesConfiguration();
        foreach (RegistriesFile file in files)
            all.Add(file);
        return all;
    }

    /// <summary>The complete names that a name may stand for, in the order in which they are tried.</summary>
    /// <param name="reference">A registry's image.</param>
    /// <exception cref="NsToolsException">It cannot be told which is meant (<c>ShortNameAmbiguous</c>), or there is no registry to try (<c>ShortNameUnresolved</c>).</exception>
    public IReadOnlyList<ImageReference> Complete(ImageReference reference)
    {
        if (reference.Registry is not null)
            return [reference];
        if (_aliases.TryGetValue(reference.Repository!, out string? alias) && alias.Length > 0)
        {
            ImageReference full = ImageReference.Parse($"docker://{alias}");
            return [reference with { Registry = full.Registry, Repository = full.Repository }];
        }
        if (_search.Count == 0)
        {
            throw new NsToolsException(
                FailureKind.NotFound,
                "ShortNameUnresolved",
                $"'{reference.Repository}' is a short name, and {_searchOrigin} names no registry to search.",
                "Give the whole name with the registry, or set unqualified-search-registries.");
        }
        if (_search.Count > 1 && _shortNameMode == "enforcing")
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument,
                "ShortNameAmbiguous",
                $"'{reference.Repository}' is a short name that could be meant for {string.Join(", ", _search)}, and short-name-mode is 'enforcing'.",
                "Give the whole name with the registry, or set an alias in registries.conf.");
        }
        return [.. _search.Select(registry => Qualify(reference, registry))];
    }

    /// <summary>The places where an image may be read: mirrors first, the registry's own last.</summary>
    /// <param name="reference">A complete name.</param>
    /// <exception cref="NsToolsException">It is blocked (<c>RegistryBlocked</c>).</exception>
    public IReadOnlyList<RegistryEndpoint> ReadFrom(ImageReference reference)
    {
        if (RuleFor(reference) is not { } rule)
            return [new RegistryEndpoint(reference.Registry!, reference.Repository!, false)];
        Refuse(rule, reference);
        bool byDigest = reference.Digest is not null;
        List<RegistryEndpoint> places = [];
        foreach (RegistryMirror mirror in rule.Mirrors)
        {
            if (mirror.Pull == "all" || (mirror.Pull == "digest-only") == byDigest)
                places.Add(Rewrite(reference, rule, mirror.Location, mirror.IsInsecure));
        }
        places.Add(Rewrite(reference, rule, rule.Location, rule.IsInsecure));
        return places;
    }

    /// <summary>The place where an image is written: redirection and mirrors are for reading (registries.conf(5)).</summary>
    /// <param name="reference">A complete name.</param>
    /// <exception cref="NsToolsException">It is blocked (<c>RegistryBlocked</c>).</exception>
    public RegistryEndpoint WriteTo(ImageReference reference)
    {
        RegistryRule? rule = RuleFor(reference);
        if (rule is not null)
            Refuse(rule, reference);
        return new RegistryEndpoint(reference.Registry!, reference.Repository!, rule is { IsInsecure: true });
    }

    /// <summary>True when a registry as a whole may be insecure.</summary>
    /// <param name="registry">Host and port.</param>
    public bool IsInsecure(string registry) => Longest(registry) is { IsInsecure: true };

    private static ImageReference Qualify(ImageReference reference, string registry) => ImageReference.Parse($"docker://{registry}/{reference.Repository}") with
    {
        Tag = reference.Tag,
        Digest = reference.Digest,
    };

    private static RegistryEndpoint Rewrite(ImageReference reference, RegistryRule rule, string location, bool isInsecure)
    {
        string name = reference.FullRepository!;
        string moved = location.Length == 0 || location == rule.Prefix ? name : location + name[Math.Min(name.Length, rule.Match(name))..];
        return ImageReference.TryParse($"docker://{moved}", out ImageReference? place) && place.Registry is not null
            ? new RegistryEndpoint(place.Registry, place.Repository!, isInsecure)
            : throw new NsToolsException(
                FailureKind.InvalidData, "RegistriesConfigInvalid", $"'{rule.File}' makes of '{name}' the name '{DisplayText.Of(moved)}', which is none.", "See 'location' in man 5 containers-registries.conf.");
    }

    private static void Refuse(RegistryRule rule, ImageReference reference)
    {
        if (rule.IsBlocked)
        {
            throw new NsToolsException(
                FailureKind.PermissionDenied, "RegistryBlocked", $"'{reference}' is blocked: prefix '{rule.Prefix}' in '{rule.File}'.", "Whoever keeps that file does not want images from there.");
        }
    }

    private RegistryRule? RuleFor(ImageReference reference)
    {
        string name = reference.FullRepository!;
        // A prefix may have a tag or a digest, too.
        string whole = reference.Digest is { } digest ? $"{name}@{digest}" : reference.Tag is { } tag ? $"{name}:{tag}" : name;
        return Longest(whole);
    }

    private RegistryRule? Longest(string name) => _rules.Select(rule => (rule, length: rule.Match(name))).Where(m => m.length >= 0).OrderByDescending(m => m.rule.Prefix.Length).FirstOrDefault().rule;

    private void Add(RegistriesFile file)
    {
        if (file.Search is { } search)
            (_search, _searchOrigin) = (search, "registries.conf");
        if (file.ShortNameMode is { Length: > 0 } mode)
            _shortNameMode = mode;
        if (file.CredentialHelpers is { Count: > 0 } helpers)
            CredentialHelpers = helpers;
        foreach (RegistryRule rule in file.Rules)
        {
            _rules.RemoveAll(r => r.Prefix == rule.Prefix);
            _rules.Add(rule);
        }
        foreach ((string name, string value) in file.Aliases)
            _aliases[name] = value;
    }
}
