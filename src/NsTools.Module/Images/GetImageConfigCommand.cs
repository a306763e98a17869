using System.Management.Automation;
using NsTools.Images;

namespace NsTools.Module.Images;

/// <summary>Get-ImageConfig: how containers of an image start, and how the image came to be.</summary>
[Cmdlet(VerbsCommon.Get, "ImageConfig")]
[OutputType(typeof(ImageConfig), typeof(string))]
public sealed class GetImageConfigCommand : SingleImageCmdlet
{
    /// <summary>Returns the document as it is, as <c>skopeo inspect --config --raw</c> does.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <inheritdoc/>
    private protected override void Process(IImageSource source)
    {
        ImageContents contents = Read(source);
        if (contents.Config is null)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "NotAnImage", $"'{source.Reference}' is an artifact, not a container image: its configuration is its own matter.", "Get-ImageManifest shows what it has.");
        }
        WriteObject(Raw ? TextOf(contents.ConfigBytes.Span) : contents.Config);
    }
}
