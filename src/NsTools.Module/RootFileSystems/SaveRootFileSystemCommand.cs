using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.RootFileSystems.Downloads;

namespace NsTools.Module.RootFileSystems;

/// <summary>Save-RootFileSystem: downloads the archive of a root file system.</summary>
[Cmdlet(VerbsData.Save, "RootFileSystem", SupportsShouldProcess = true, DefaultParameterSetName = UriSet)]
[OutputType(typeof(FileInfo))]
public sealed class SaveRootFileSystemCommand : NsToolsCmdlet
{
    private const string UriSet = "Uri";
    private const string SourceSet = "InputObject";

    /// <summary>What Find-RootFileSystem found.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SourceSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public RootFileSystemSource[] InputObject { get; set; } = [];

    /// <summary>Where the archive is.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = UriSet)]
    [ValidateNotNull]
    public Uri? Uri { get; set; }

    /// <summary>The SHA-256 that it must have.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidatePattern("^[0-9A-Fa-f]{64}$")]
    public string? Sha256 { get; set; }

    /// <summary>A directory, or the file to make.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = ".";

    /// <summary>Replaces a file that is there already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Uri is not null)
        {
            ForItem(Uri, () => Save(new DownloadRequest { Uri = WebAddress.Check(Uri), Destination = FileFor(Path.GetFileName(Uri.LocalPath)), Sha256 = Sha256 }));
            return;
        }
        foreach (RootFileSystemSource source in InputObject)
        {
            ForItem(source, () => Save(new DownloadRequest
            {
                Uri = WebAddress.Check(source.Uri),
                Destination = FileFor(Path.GetFileName(source.FileName)),
                Sha256 = source.Sha256,
                Sha512 = source.Sha512,
                Size = source.Size,
            }));
        }
    }

    private string FileFor(string name)
    {
        string path = ToFileSystemPath(Destination);
        if (!Directory.Exists(path) && !Destination.EndsWith('/'))
            return path;
        return name.Length > 0
            ? Path.Join(path, name)
            : throw new NsToolsException(
                FailureKind.InvalidArgument, "FileNameMissing", $"The address '{Uri}' ends without a file name.", "Name the file to make with -Destination.");
    }

    private void Save(DownloadRequest request)
    {
        if (!ShouldProcess($"curl -L -o '{request.Destination}' '{request.Uri}'", request.Destination, "Save-RootFileSystem"))
            return;
        using var progress = new DownloadProgressReporter(this, request.Uri, request.Destination);
        FileDownload.Run(request with { Overwrites = Force, Progress = progress.Report, Notice = WriteVerbose }, StopToken);
        // As Get-Item gives it: then it has the properties by which other cmdlets take it from the pipeline.
        WriteObject(InvokeProvider.Item.Get([request.Destination], force: true, literalPath: true), enumerateCollection: true);
    }
}
