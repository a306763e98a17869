using System.Management.Automation;
using NsTools.Images;
using NsTools.Images.Layers;
using NsTools.Module.RootFileSystems;
using NsTools.RootFileSystems;

namespace NsTools.Module.Images;

/// <summary>Mount-Image: makes an image's file system appear in a directory, without copying it.</summary>
[Cmdlet(VerbsData.Mount, "Image", SupportsShouldProcess = true, DefaultParameterSetName = ReadOnlySet)]
[OutputType(typeof(ImageMount))]
public sealed class MountImageCommand : ImageSourceCmdlet
{
    private const string ReadOnlySet = "ReadOnly";
    private const string WritableSet = "Writable";
    private const string UpperSet = "UpperDirectory";

    /// <summary>The image: a name of the store, or where it is.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ImageTransformation]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNull]
    public ImageReference Image { get; set; } = null!;

    /// <summary>The directory to mount on, made where it is missing; without it one is made, and goes when the image is dismounted.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Which image of an index; this machine's when it is not given.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public ImagePlatform? Platform { get; set; }

    /// <summary>Lets it be written to; what is changed goes when the image is dismounted.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WritableSet)]
    public SwitchParameter Writable { get; set; }

    /// <summary>Lets it be written to; what is changed stays in this directory.</summary>
    [Parameter(Mandatory = true, ParameterSetName = UpperSet)]
    [ValidateNotNullOrEmpty]
    public string? UpperDirectory { get; set; }

    /// <summary>An empty directory on the same file system; the upper directory's name with <c>.work</c> when it is not given.</summary>
    [Parameter(ParameterSetName = UpperSet)]
    [ValidateNotNullOrEmpty]
    public string? WorkDirectory { get; set; }

    /// <summary>How many bytes the files of layers that have to be unpacked may have together.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long MaximumSize { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Image, () =>
    {
        string options = ParameterSetName switch
        {
            WritableSet => "lowerdir=LAYERS,upperdir=…,workdir=…",
            UpperSet => $"lowerdir=LAYERS,upperdir={UpperDirectory},workdir={WorkDirectory ?? UpperDirectory + ".work"}",
            _ => "ro,lowerdir=LAYERS",
        };
        if (ShouldProcess($"mount -t overlay -o {options} '{Image}' '{Path ?? "a new directory"}'", Image.ToString(), "Mount-Image"))
            WithImage(Image, Mount);
    });

    private void Mount(IImageSource source)
    {
        using var progress = new ExpansionProgressReporter(this, Image.ToString(), "layers");
        ImageContents image = Wait(ImageContents.ReadAsync(source, Platform, StopToken));
        var request = new ImageMountRequest
        {
            Path = Path is null ? null : ToFileSystemPath(Path),
            IsWritable = Writable,
            UpperDirectory = UpperDirectory is null ? null : ToFileSystemPath(UpperDirectory),
            WorkDirectory = WorkDirectory is null ? null : ToFileSystemPath(WorkDirectory),
            Expansion = new ExpansionOptions
            {
                MaximumSize = MyInvocation.BoundParameters.ContainsKey(nameof(MaximumSize)) ? MaximumSize : null,
                Progress = progress.Report,
                Warning = WriteWarning,
            },
        };
        WriteObject(ImageMounter.Mount(source, image, request, StopToken));
    }
}
