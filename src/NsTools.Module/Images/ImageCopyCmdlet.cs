using System.Management.Automation;
using NsTools.Images;
using NsTools.Images.Copying;
using NsTools.Module.Common;

namespace NsTools.Module.Images;

/// <summary>A cmdlet that copies images.</summary>
public abstract class ImageCopyCmdlet : ImageSourceCmdlet
{
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

    /// <summary>What the parameters say.</summary>
    private protected virtual ImageCopyOptions Options => new()
    {
        CopiesAll = All,
        Platform = Platform,
        Format = Format,
        PreservesDigest = PreserveDigest,
        ThrottleLimit = ThrottleLimit,
        IncludesReferrers = IncludeReferrers,
    };

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (All && Platform is not null)
            Refuse("AllAndPlatform", "-All copies every platform, -Platform one of them.", "Leave one of them out.");
        if (PreserveDigest && Options.ChangesContent)
            Refuse("DigestNotPreserved", "Another format or compression changes the digest, which is to be preserved.", "Leave out -PreserveDigest, or what changes it.");
    }

    /// <summary>Ends the command before it has begun: its parameters contradict each other.</summary>
    private protected void Refuse(string errorId, string message, string remedy) =>
        ThrowTerminatingError(Failure.ToErrorRecord(new NsToolsException(FailureKind.InvalidArgument, errorId, message, remedy), null));

    /// <summary>Copies one image, and writes what was done.</summary>
    /// <param name="source">The image.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="credential">What the source's registry lets in with; null for what the user gave.</param>
    private protected void Copy(ImageReference source, ImageReference destination, RegistryCredential? credential = null)
    {
        if (!ShouldProcess($"skopeo copy{(All ? " --all" : "")} {SkopeoName.Of(source)} {SkopeoName.Of(destination)}", destination.ToString(), MyInvocation.MyCommand.Name))
            return;
        using var reporter = new CopyProgressReporter(this, $"Copying {source}");
        ImageAccess access = Access with { Retries = Retry, Notice = reporter.Notice };
        WriteObject(reporter.Wait(ImageCopier.CopyAsync(
            source,
            destination,
            Options,
            credential is null ? access : access with { Credential = credential },
            access with { Credential = RegistryCredentials.From(DestinationCredential) },
            reporter.Progress,
            StopToken)));
    }
}
