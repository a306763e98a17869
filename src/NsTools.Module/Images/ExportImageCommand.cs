using System.Management.Automation;
using NsTools.Images.Copying;

namespace NsTools.Module.Images;

/// <summary>Export-Image: writes images into one archive, as <c>podman save</c> and <c>docker save</c> do.</summary>
[Cmdlet(VerbsData.Export, "Image", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportImageCommand : ImageSourceCmdlet
{
    private readonly List<ImageReference> _images = [];

    /// <summary>The images: names of the store, or where they are.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ImageTransformation]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Image { get; set; } = [];

    /// <summary>The archive to write.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("Destination")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Docker's form of an archive, which all load; or that of an OCI layout, which keeps layers as they are.</summary>
    [Parameter]
    public ImageFormat Format { get; set; } = ImageFormat.Docker;

    /// <summary>Which image of an index; this machine's when it is not given.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public ImagePlatform? Platform { get; set; }

    /// <summary>Replaces an archive that is there already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _images.AddRange(Image);

    /// <inheritdoc/>
    protected override void EndProcessing() => ForItem(Path, () =>
    {
        string path = ToFileSystemPath(Path);
        bool isThere = File.Exists(path);
        if (isThere && !Force)
            throw new NsToolsException(FailureKind.AlreadyExists, "ArchiveExists", $"'{path}' is there already.", "Choose another name, or use -Force.");
        string format = Format == ImageFormat.Docker ? "docker-archive" : "oci-archive";
        if (!ShouldProcess($"podman save --format {format} -o '{path}' {string.Join(' ', _images)}", path, "Export-Image"))
            return;
        // Beside it first: what fails leaves the old one.
        string written = isThere ? $"{path}.{Guid.NewGuid().ToString("N")[..8]}.partial" : path;
        using var reporter = new CopyProgressReporter(this, $"Writing {System.IO.Path.GetFileName(path)}");
        try
        {
            reporter.Wait(ImageExporter.ExportAsync(
                _images, written, Format, new ImageCopyOptions { Platform = Platform }, Access with { Notice = reporter.Notice }, reporter.Progress, StopToken));
            if (written != path)
                File.Move(written, path, overwrite: true);
        }
        finally
        {
            if (written != path)
                File.Delete(written);
        }
        // As Get-Item gives it: with mode and owner, which its view shows.
        WriteObject(InvokeProvider.Item.Get([path], force: true, literalPath: true), enumerateCollection: true);
    });
}
