using System.Management.Automation;
using NsTools.Images;

namespace NsTools.Module.Images;

/// <summary>Get-ImageHistory: the steps of an image's making, the last one first.</summary>
[Cmdlet(VerbsCommon.Get, "ImageHistory")]
[OutputType(typeof(ImageHistoryEntry))]
public sealed class GetImageHistoryCommand : SingleImageCmdlet
{
    /// <inheritdoc/>
    private protected override void Process(IImageSource source) =>
        WriteObject(ImageHistory.Of(Read(source), source.Reference.ToString()), enumerateCollection: true);
}
