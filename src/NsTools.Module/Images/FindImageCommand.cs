using System.Management.Automation;

namespace NsTools.Module.Images;

/// <summary>Find-Image: looks for repositories in registries.</summary>
[Cmdlet(VerbsCommon.Find, "Image")]
[OutputType(typeof(ImageSearchResult))]
public sealed class FindImageCommand : RegistryCmdlet
{
    /// <summary>A part of the repository's name, or a pattern with wildcards; with a registry and a slash before it (<c>HOST:PORT/team</c>) how names there begin.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Hosts and ports of the registries; those of registries.conf for short names, when it is not given.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Registry { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            ForItem(name, () =>
            {
                if (Registry is null && SplitRegistry(name) is var (host, prefix))
                {
                    Find($"{prefix}*", ToRegistry(host));
                    return;
                }
                foreach (string registry in Registry ?? [.. Client.SearchRegistries])
                    ForItem(registry, () => Find(name, ToRegistry(registry)));
            });
        }
    }

    // HOST:PORT/PREFIX, as skopeo and podman write a repository: no repository's name has a colon, and where a slash
    // follows, what has a dot is a host (distribution's reference grammar, "domain").
    private static (string Registry, string Prefix)? SplitRegistry(string name)
    {
        string host = name.Split('/', 2)[0];
        bool isHost = host.Contains(':', StringComparison.Ordinal) || (host.Length < name.Length && (host.Contains('.', StringComparison.Ordinal) || host == "localhost"));
        return isHost && !WildcardPattern.ContainsWildcardCharacters(host) ? (host, name[host.Length..].TrimStart('/').TrimEnd('*')) : null;
    }

    private void Find(string name, string registry)
    {
        bool isPattern = WildcardPattern.ContainsWildcardCharacters(name);
        var pattern = new WildcardPattern(isPattern ? name : $"*{name}*", WildcardOptions.IgnoreCase);
        string term = string.Concat(name.Where(c => c is not ('*' or '?' or '[' or ']')));
        WriteObject(Wait(Client.FindAsync(registry, term, StopToken)).Where(r => pattern.IsMatch(r.Repository)), enumerateCollection: true);
    }
}
