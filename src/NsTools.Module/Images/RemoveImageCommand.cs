using System.Management.Automation;
using NsTools.Images;
using NsTools.Images.Layouts;

namespace NsTools.Module.Images;

/// <summary>Remove-Image: takes images away, from the store or from a registry.</summary>
[Cmdlet(VerbsCommon.Remove, "Image", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = NameSet)]
public sealed class RemoveImageCommand : ImageSourceCmdlet
{
    private const string NameSet = "Name";
    private const string ImageSet = "Image";

    /// <summary>Names of the store, wildcards allowed; or docker://REGISTRY/REPOSITORY@DIGEST for a registry.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>Images as Get-Image returns them.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ImageSet)]
    [ImageTransformation]
    [ValidateNotNull]
    public ImageReference[] Image { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference image in Image)
            ForItem(image, () => Remove(image));
        foreach (string name in Name)
        {
            ForItem(name, () =>
            {
                foreach (ImageReference image in Find(name))
                    ForItem(image, () => Remove(image));
            });
        }
    }

    private static IEnumerable<ImageReference> Find(string name)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(name) || name.StartsWith("docker://", StringComparison.Ordinal))
            return [ImageReference.Parse(name)];
        var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
        return [.. ImageStore.Default.Layout.ReadEntries().Select(OciLayout.NameOf).OfType<string>().Where(pattern.IsMatch).Select(ImageReference.Parse)];
    }

    private void Remove(ImageReference image)
    {
        switch (image.Transport)
        {
            case ImageTransport.Store:
                ImageStore.Default.Find(image);
                if (ShouldProcess($"podman untag {image}", image.ToString(), "Remove-Image"))
                    ImageRemover.RemoveFromStore(image, StopToken);
                break;
            case ImageTransport.Docker:
                if (ShouldProcess($"skopeo delete {image}", image.ToString(), "Remove-Image"))
                    Wait(ImageRemover.RemoveFromRegistryAsync(image, Access, StopToken));
                break;
            default:
                throw new NsToolsException(
                    FailureKind.NotSupported, "TransportNotSupported", $"'{image}': single images are removed from the store and from registries only.", "Remove the directory or archive itself with Remove-Item.");
        }
    }
}
