using System.Management.Automation;
using NsTools.Images;
using NsTools.Images.Documents;

namespace NsTools.Module.Images;

/// <summary>Get-ImageManifest: what an image is made of.</summary>
[Cmdlet(VerbsCommon.Get, "ImageManifest", DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageManifest), ParameterSetName = [ImageSet])]
[OutputType(typeof(ImageIndex), ParameterSetName = [IndexSet])]
[OutputType(typeof(string), ParameterSetName = [RawSet])]
public sealed class GetImageManifestCommand : SingleImageCmdlet
{
    private const string ImageSet = "Image";
    private const string IndexSet = "Index";
    private const string RawSet = "Raw";

    /// <summary>Returns the index itself where the reference names one, instead of one image of it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = IndexSet)]
    public SwitchParameter Index { get; set; }

    /// <summary>Returns the document that the reference names as it is, as <c>skopeo inspect --raw</c> does; with -Platform that image's manifest.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RawSet)]
    public SwitchParameter Raw { get; set; }

    /// <inheritdoc/>
    private protected override void Process(IImageSource source)
    {
        bool isTop = Index || (Raw && Platform is null);
        ManifestContent content = isTop
            ? Wait(source.GetManifestAsync(null, StopToken))
            : Wait(ImageContents.ReadManifestAsync(source, Platform, StopToken));
        if (Raw)
            WriteObject(TextOf(content.Bytes));
        else if (content.IsIndex)
            WriteObject(ImageDocuments.ReadIndex(content));
        else
            WriteObject(ImageDocuments.ReadManifest(content));
    }
}
