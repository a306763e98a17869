using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Contents;
using NsTools.Module.Images;

namespace NsTools.Module.Containers;

/// <summary>ConvertTo-Image: makes an image of a container, with a layer of what has changed in it.</summary>
[Cmdlet(VerbsData.ConvertTo, "Image", SupportsShouldProcess = true)]
[OutputType(typeof(Image))]
public sealed class ConvertToImageCommand : ContainerCmdlet
{
    /// <summary>The image's name in the store: NAME:TAG.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("Tag")]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string ImageName { get; set; } = "";

    /// <summary>Instructions of a Dockerfile that change its configuration: 'CMD ["nginx"]', 'ENV COLOR=blue'.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ConfigInstructionCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Change { get; set; } = [];

    /// <summary>What its history says of it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Message { get; set; }

    /// <summary>Who made it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Author { get; set; }

    /// <summary>The time of making, and the latest that a file of the new layer may have: the same container then makes the same image.</summary>
    [Parameter]
    public DateTimeOffset SourceDateEpoch { get; set; }

    /// <summary>How the new layer is compressed.</summary>
    [Parameter]
    public LayerCompression CompressionFormat { get; set; } = LayerCompression.Gzip;

    /// <summary>Lets a container that runs go on meanwhile; what it writes may then be in the image in part.</summary>
    [Parameter]
    public SwitchParameter NoSuspend { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Container container)
    {
        if (!ShouldProcess(container.Name, Describe(container)))
            return;
        CommitOptions options = new()
        {
            Name = ImageName,
            Changes = Change,
            Message = Message,
            Author = Author,
            SourceDateEpoch = MyInvocation.BoundParameters.ContainsKey(nameof(SourceDateEpoch)) ? SourceDateEpoch : null,
            Compression = CompressionFormat,
            Suspends = !NoSuspend,
        };
        WriteObject(new ContainerCommit(Store).RunAsync(container, options, StopToken).GetAwaiter().GetResult());
    }

    private string Describe(Container container)
    {
        List<string> words = ["commit", .. Change.SelectMany(change => (string[])["--change", change])];
        if (Message is not null)
            words.AddRange(["--message", Message]);
        if (Author is not null)
            words.AddRange(["--author", Author]);
        if (!NoSuspend)
            words.Add("--pause");
        return ContainerShellCommand.Join([.. words, container.Name, ImageName]);
    }
}
