using System.Management.Automation;
using NsTools.Images;
using NsTools.Images.Comparing;

namespace NsTools.Module.Images;

/// <summary>Compare-Image: which files two images do not have the same, or what one layer has changed.</summary>
[Cmdlet(VerbsData.Compare, "Image", DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageChange))]
public sealed class CompareImageCommand : ImageSourceCmdlet
{
    private const string ImageSet = "Image";
    private const string LayerSet = "Layer";

    /// <summary>The image that is compared with, the one before.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ImageTransformation]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNull]
    public ImageReference ReferenceImage { get; set; } = null!;

    /// <summary>The image that is compared, the one after.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ParameterSetName = ImageSet)]
    [ImageTransformation]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNull]
    public ImageReference DifferenceImage { get; set; } = null!;

    /// <summary>The layer of the reference image whose changes to those below it are wanted: its place, 0 for the lowest.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LayerSet)]
    [ValidateRange(0, int.MaxValue)]
    public int Layer { get; set; }

    /// <summary>Which image of an index; this machine's when it is not given.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public ImagePlatform? Platform { get; set; }

    /// <summary>Counts it as a change, too, when only the time of modification differs.</summary>
    [Parameter]
    public SwitchParameter IncludeTime { get; set; }

    private ImageFileProperties Ignored => IncludeTime ? ImageFileProperties.None : ImageFileProperties.Time;

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(ParameterSetName == ImageSet ? DifferenceImage : ReferenceImage, () =>
        WithImage(ReferenceImage, reference =>
        {
            ImageContents contents = Read(reference);
            if (ParameterSetName == LayerSet)
                WriteObject(ImageComparer.Compare(reference, contents, Layer, Ignored, StopToken), enumerateCollection: true);
            else
                WithImage(DifferenceImage, difference => WriteObject(ImageComparer.Compare(reference, contents, difference, Read(difference), Ignored, StopToken), enumerateCollection: true));
        }));

    private ImageContents Read(IImageSource source) => Wait(ImageContents.ReadAsync(source, Platform, StopToken));
}
