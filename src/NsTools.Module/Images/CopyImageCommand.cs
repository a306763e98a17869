using System.Management.Automation;
using NsTools.Images.Copying;

namespace NsTools.Module.Images;

/// <summary>Copy-Image: copies images between registries, layouts, archives, directories and the local store.</summary>
[Cmdlet(VerbsCommon.Copy, "Image", SupportsShouldProcess = true)]
[OutputType(typeof(ImageCopyResult))]
public sealed class CopyImageCommand : ImageCopyCmdlet
{
    /// <summary>The images.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ImageTransformation]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Source { get; set; } = [];

    /// <summary>Where to; what ends in a slash takes each source's own name. The local store, when it is not given.</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>How layers are to be compressed.</summary>
    [Parameter]
    public LayerCompression? CompressionFormat { get; set; }

    /// <summary>How hard: 0 to 9 for gzip, 1 to 22 for zstd.</summary>
    [Parameter]
    [ValidateRange(0, 22)]
    public int? CompressionLevel { get; set; }

    /// <inheritdoc/>
    private protected override ImageCopyOptions Options => base.Options with { Compression = CompressionFormat, CompressionLevel = CompressionLevel };

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (CompressionLevel is { } level && (CompressionFormat is null or LayerCompression.None || (CompressionFormat == LayerCompression.Gzip ? level > 9 : level < 1)))
            Refuse("CompressionLevelInvalid", $"-CompressionLevel {level} does not go with -CompressionFormat {CompressionFormat?.ToString() ?? "(none given)"}.", "It is 0 to 9 for Gzip, and 1 to 22 for Zstd.");
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference source in Source)
            ForItem(source, () => Copy(source, CopyDestination.For(source, Destination, ToFileSystemPath)));
    }
}
