using System.Management.Automation;
using NsTools.Images;
using NsTools.Images.Layers;
using NsTools.Module.RootFileSystems;
using NsTools.RootFileSystems;

namespace NsTools.Module.Images;

/// <summary>Expand-Image: makes a root file system out of an image's layers.</summary>
[Cmdlet(VerbsData.Expand, "Image", SupportsShouldProcess = true)]
[OutputType(typeof(RootFileSystem))]
public sealed class ExpandImageCommand : ImageSourceCmdlet
{
    /// <summary>The image: a name of the store, or where it is.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ImageTransformation]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNull]
    public ImageReference Image { get; set; } = null!;

    /// <summary>The directory to make: none yet, or an empty one.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>Which image of an index; this machine's when it is not given.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public ImagePlatform? Platform { get; set; }

    /// <summary>How many bytes its files may have together.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long MaximumSize { get; set; }

    /// <summary>Leaves device nodes out.</summary>
    [Parameter]
    public SwitchParameter SkipDevice { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Image, () =>
    {
        string destination = ToFileSystemPath(Destination);
        if (ShouldProcess($"umoci unpack --image '{Image}' '{destination}'", destination, "Expand-Image"))
            WithImage(Image, source => Expand(source, destination));
    });

    private void Expand(IImageSource source, string destination)
    {
        using var progress = new ExpansionProgressReporter(this, Image.ToString(), destination);
        var options = new ExpansionOptions
        {
            MaximumSize = MyInvocation.BoundParameters.ContainsKey(nameof(MaximumSize)) ? MaximumSize : null,
            SkipsDevices = SkipDevice,
            Progress = progress.Report,
            Warning = WriteWarning,
        };
        ImageContents image = Wait(ImageContents.ReadAsync(source, Platform, StopToken));
        WriteObject(ImageExpander.Expand(source, image, destination, options, StopToken));
    }
}
