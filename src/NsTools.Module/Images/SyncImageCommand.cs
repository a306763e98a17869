using System.Management.Automation;
using NsTools.Images;
using NsTools.Images.Copying;
using NsTools.Images.Registries;

namespace NsTools.Module.Images;

/// <summary>Sync-Image: copies repositories by rule, as skopeo sync does.</summary>
[Cmdlet(VerbsData.Sync, "Image", SupportsShouldProcess = true, DefaultParameterSetName = SourceSet)]
[OutputType(typeof(ImageCopyResult))]
public sealed class SyncImageCommand : ImageCopyCmdlet
{
    private const string SourceSet = "Source";
    private const string RuleSet = "Rule";

    /// <summary>Repositories with all their tags (<c>docker://REGISTRY/REPOSITORY</c>), single images, or whole registries (<c>docker://REGISTRY/</c>).</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = SourceSet)]
    [Alias("Reference")]
    [ValidateNotNullOrEmpty]
    public string[] Source { get; set; } = [];

    /// <summary>A file of rules, as <c>skopeo sync --src yaml</c> has them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RuleSet)]
    [ValidateNotNullOrEmpty]
    public string RuleFile { get; set; } = "";

    /// <summary>Where to: <c>docker://REGISTRY[/NAMESPACE]</c>, a layout <c>oci:PATH</c>, or <c>dir:PATH</c> with a directory for each image.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>The tags; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = SourceSet)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = ["*"];

    /// <summary>Tags that are left out; wildcards are allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[] ExcludeTag { get; set; } = [];

    /// <summary>Puts the source's registry and whole repository into the destination's name, so that none comes into another's place.</summary>
    [Parameter]
    public SwitchParameter Scoped { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == RuleSet)
        {
            ForItem(RuleFile, () =>
            {
                foreach (SyncRule rule in SyncRuleFile.Read(ToFileSystemPath(RuleFile)))
                    ForItem(rule.Repository, () => Sync(rule));
            });
            return;
        }
        foreach (string source in Source)
            ForItem(source, () => SyncSource(source));
    }

    private void SyncSource(string source)
    {
        if (source.StartsWith("docker://", StringComparison.Ordinal) && source.EndsWith('/') && RegistryNames.IsRegistry(source["docker://".Length..^1]))
        {
            string registry = source["docker://".Length..^1];
            foreach (ImageSearchResult found in Wait(new RegistryClient(Access).FindAsync(registry, "", StopToken)))
                ForItem(found, () => Sync(new SyncRule { Repository = ImageReference.Parse(found.Reference) }));
            return;
        }
        var reference = ImageReference.Parse(source);
        if (reference.Transport != ImageTransport.Docker)
            throw new NsToolsException(FailureKind.InvalidArgument, "SyncSourceUnsupported", $"'{source}' is in no registry.", "Copy single images with Copy-Image.");
        Sync(new SyncRule { Repository = reference });
    }

    private void Sync(SyncRule rule)
    {
        ImageAccess access = Access;
        if (rule.Credential is not null)
            access = access with { Credential = rule.Credential };
        foreach (ImageReference image in TagsOf(rule, access))
            ForItem(image, () => Copy(image, SyncDestination.For(image, Destination, Scoped, ToFileSystemPath), rule.Credential));
    }

    private IEnumerable<ImageReference> TagsOf(SyncRule rule, ImageAccess access)
    {
        if (rule.Repository.Tag is not null || rule.Repository.Digest is not null)
            return [rule.Repository];
        if (rule.Tags is { Count: > 0 } tags)
            return tags.Select(t => Digest.TryParse(t, out Digest? digest) ? rule.Repository with { Digest = digest } : rule.Repository with { Tag = t });
        var wanted = Tag.Select(t => new WildcardPattern(t)).ToList();
        var unwanted = ExcludeTag.Select(t => new WildcardPattern(t)).ToList();
        return Wait(new RegistryClient(access).GetTagsAsync(rule.Repository, StopToken))
            .Where(t => wanted.Any(p => p.IsMatch(t.Tag)) && !unwanted.Any(p => p.IsMatch(t.Tag)) && rule.TagPattern?.IsMatch(t.Tag) != false)
            .Select(t => ImageReference.Parse(t.Reference));
    }
}
