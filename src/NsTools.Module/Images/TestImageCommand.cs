using System.Management.Automation;
using NsTools.Images;

namespace NsTools.Module.Images;

/// <summary>Test-Image: every digest and size of an image, and its layers against its configuration.</summary>
[Cmdlet(VerbsDiagnostic.Test, "Image")]
[OutputType(typeof(ImageTestResult), typeof(bool))]
public sealed class TestImageCommand : SingleImageCmdlet
{
    /// <summary>Tests every image of an index.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>Returns only whether all is as it must be.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    private protected override void Process(IImageSource source)
    {
        bool isWhole = true;
        try
        {
            ImageTester.Test(source, Platform, All, Report, StopToken);
        }
        catch (NsToolsException failure) when (Quiet && failure.Kind == FailureKind.InvalidData)
        {
            isWhole = false;
        }
        if (Quiet)
            WriteObject(isWhole);

        void Report(ImageTestResult result)
        {
            isWhole &= result.Status == ImageTestStatus.Ok;
            if (!Quiet)
                WriteObject(result);
        }
    }
}
