using System.Management.Automation;
using NsTools.Images;
using NsTools.Module.Common;

namespace NsTools.Module.Images;

/// <summary>Get-Image: tells what images the local store has.</summary>
[Cmdlet(VerbsCommon.Get, "Image")]
[OutputType(typeof(Image))]
public sealed class GetImageCommand : NsToolsCmdlet
{
    /// <summary>Names or digests; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Reference")]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ImageStore store = ImageStore.Default;
        foreach (string given in Name)
            ForItem(given, () => WriteObject(Find(store, given), enumerateCollection: true));
    }

    private IEnumerable<Image> Find(ImageStore store, string given)
    {
        var catalog = new ImageCatalog(store);
        if (given == "*")
            return catalog.List(StopToken);
        if (!WildcardPattern.ContainsWildcardCharacters(given))
        {
            ImageDescriptor entry = store.Find(ImageReference.Parse(given));
            return [catalog.Read(entry)];
        }
        var pattern = new WildcardPattern(given, WildcardOptions.IgnoreCase);
        // With or without registry and tag, as people say it.
        return catalog.List(name => name is not null && (pattern.IsMatch(name) || pattern.IsMatch(name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..])), StopToken);
    }
}
