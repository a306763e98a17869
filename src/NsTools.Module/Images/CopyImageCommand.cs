using System.Management.Automation;
using NsTools.Images;
using NsTools.Images.Copying;
using NsTools.Module.Common;

namespace NsTools.Module.Images;

/// <summary>Copy-Image: copies images between registries, layouts, archives, directories and the local store.</summary>
[Cmdlet(VerbsCommon.Copy, "Image", SupportsShouldProcess = true)]
[OutputType(typeof(ImageCopyResult))]
public sealed class CopyImageCommand : ImageSourceCmdlet
{
    /// <summary>The images.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Reference")]
    [ImageTransformation]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Source { get; set; } = [];

    /// <summary>Where to; what ends in a slash takes each source's own name. The local store, when it is not given.</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>Copies every image of an index, and the index.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>Which image of an index; this machine's when it is not given.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public ImagePlatform? Platform { get; set; }

    /// <summary>Whose media types the manifests are to have.</summary>
    [Parameter]
    public ImageFormat? Format { get; set; }

    /// <summary>Fails rather than change a digest.</summary>
    [Parameter]
    public SwitchParameter PreserveDigest { get; set; }

    /// <summary>How layers are to be compressed.</summary>
    [Parameter]
    public LayerCompression? CompressionFormat { get; set; }

    /// <summary>How hard: 0 to 9 for gzip, 1 to 22 for zstd.</summary>
    [Parameter]
    [ValidateRange(0, 22)]
    public int? CompressionLevel { get; set; }

    /// <summary>How many blobs at once.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 6;

    /// <summary>How often a request is tried again.</summary>
    [Parameter]
    [ValidateRange(0, 100)]
    public int Retry { get; set; } = 5;

    /// <summary>User name and password for the registry of the destination.</summary>
    [Parameter]
    [Credential]
    public PSCredential? DestinationCredential { get; set; }

    /// <summary>Copies signatures, SBOMs and attestations, too.</summary>
    [Parameter]
    public SwitchParameter IncludeReferrers { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (All && Platform is not null)
            ThrowTerminatingError(Failure.ToErrorRecord(new NsToolsException(FailureKind.InvalidArgument, "AllAndPlatform", "-All copies every platform, -Platform one of them."), Platform));
        if (CompressionLevel is { } level && (CompressionFormat is null or LayerCompression.None || (CompressionFormat == LayerCompression.Gzip ? level > 9 : level < 1)))
        {
            ThrowTerminatingError(Failure.ToErrorRecord(
                new NsToolsException(FailureKind.InvalidArgument, "CompressionLevelInvalid", $"-CompressionLevel {level} does not go with -CompressionFormat {CompressionFormat?.ToString() ?? "(none given)"}.", "It is 0 to 9 for Gzip, and 1 to 22 for Zstd."),
                level));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference source in Source)
            ForItem(source, () => Copy(source));
    }

    private void Copy(ImageReference source)
    {
        ImageReference destination = CopyDestination.For(source, Destination, ToFileSystemPath);
        if (!ShouldProcess($"skopeo copy{(All ? " --all" : "")} {SkopeoName.Of(source)} {SkopeoName.Of(destination)}", destination.ToString(), "Copy-Image"))
            return;
        var options = new ImageCopyOptions
        {
            CopiesAll = All,
            Platform = Platform,
            Format = Format,
            PreservesDigest = PreserveDigest,
            Compression = CompressionFormat,
            CompressionLevel = CompressionLevel,
            ThrottleLimit = ThrottleLimit,
            IncludesReferrers = IncludeReferrers,
        };
        using var reporter = new CopyProgressReporter(this, $"Copying {source}");
        ImageAccess access = Access with { Retries = Retry, Notice = reporter.Notice };
        WriteObject(reporter.Wait(ImageCopier.CopyAsync(
            source,
            destination,
            options,
            access,
            access with { Credential = RegistryCredentials.From(DestinationCredential) },
            reporter.Progress,
            StopToken)));
    }
}
