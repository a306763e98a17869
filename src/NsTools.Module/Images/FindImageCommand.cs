using System.Management.Automation;

namespace NsTools.Module.Images;

/// <summary>Find-Image: looks for repositories in registries.</summary>
[Cmdlet(VerbsCommon.Find, "Image")]
[OutputType(typeof(ImageSearchResult))]
public sealed class FindImageCommand : RegistryCmdlet
{
    /// <summary>A part of the repository's name, or a pattern with wildcards.</summary>
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
                foreach (string registry in Registry ?? [.. Client.SearchRegistries])
                    ForItem(registry, () => Find(name, ToRegistry(registry)));
            });
        }
    }

    private void Find(string name, string registry)
    {
        bool isPattern = WildcardPattern.ContainsWildcardCharacters(name);
        var pattern = new WildcardPattern(isPattern ? name : $"*{name}*", WildcardOptions.IgnoreCase);
        string term = string.Concat(name.Where(c => c is not ('*' or '?' or '[' or ']')));
        WriteObject(Wait(Client.FindAsync(registry, term, StopToken)).Where(r => pattern.IsMatch(r.Repository)), enumerateCollection: true);
    }
}
