using System.Management.Automation;

namespace NsTools.Module.Images;

/// <summary>Get-ImageTag: tells what tags a registry's repository has.</summary>
[Cmdlet(VerbsCommon.Get, "ImageTag")]
[OutputType(typeof(ImageTag))]
public sealed class GetImageTagCommand : RegistryCmdlet
{
    /// <summary>The repositories; <c>docker://</c> may be left out.</summary>
    // Not by property name: what Find-Image gives has a Repository without its registry, and as text the whole.
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string[] Repository { get; set; } = [];

    /// <summary>The tags; wildcards are allowed.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Repository)
            ForItem(given, () => WriteTags(ToRepository(given)));
    }

    private void WriteTags(ImageReference repository)
    {
        IReadOnlyList<ImageTag> tags = Wait(Client.GetTagsAsync(repository, StopToken));
        foreach (string wanted in Tag)
        {
            ForItem(repository, () =>
            {
                // Tags differ by capitals.
                var pattern = new WildcardPattern(wanted);
                List<ImageTag> found = [.. tags.Where(t => pattern.IsMatch(t.Tag))];
                if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(wanted))
                    throw new NsToolsException(FailureKind.NotFound, "TagNotFound", $"'{repository}' has no tag '{wanted}'.", "Leave -Tag out to see all tags.");
                WriteObject(found, enumerateCollection: true);
            });
        }
    }
}
