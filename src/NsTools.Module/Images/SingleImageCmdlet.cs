using System.Management.Automation;
using NsTools.Images;

namespace NsTools.Module.Images;

/// <summary>A cmdlet that looks at images one by one, of an index at the one for a platform.</summary>
public abstract class SingleImageCmdlet : ImageSourceCmdlet
{
    /// <summary>The images: names of the store, or where they are.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ImageTransformation]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Image { get; set; } = [];

    /// <summary>Which image of an index; this machine's when it is not given.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public ImagePlatform? Platform { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference image in Image)
            ForItem(image, () => WithImage(image, source => Process(source)));
    }

    /// <summary>Looks at one image.</summary>
    /// <param name="source">The image.</param>
    private protected abstract void Process(IImageSource source);

    /// <summary>What the image is made of.</summary>
    private protected ImageContents Read(IImageSource source) => Wait(ImageContents.ReadAsync(source, Platform, StopToken));

    /// <summary>A document as text.</summary>
    private protected static string TextOf(ReadOnlySpan<byte> document) => System.Text.Encoding.UTF8.GetString(document);
}
