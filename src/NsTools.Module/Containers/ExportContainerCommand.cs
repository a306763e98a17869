using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Contents;

namespace NsTools.Module.Containers;

/// <summary>Export-Container: writes a container's root file system as a tar archive, or the container as an OCI bundle.</summary>
[Cmdlet(VerbsData.Export, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo), typeof(DirectoryInfo))]
public sealed class ExportContainerCommand : ContainerCmdlet
{
    /// <summary>The archive to write, or with -Bundle the directory to make.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("Path")]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>Makes a bundle, which runc and crun run as it is.</summary>
    [Parameter]
    public SwitchParameter Bundle { get; set; }

    /// <summary>Returns the file or directory.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Container container)
    {
        string path = ToFileSystemPath(Destination);
        string equivalent = Bundle
            ? $"podman export {container.Name} | tar -C {path}/rootfs -x # and config.json"
            : ContainerShellCommand.Join("export", "--output", path, container.Name);
        if (!ShouldProcess(container.Name, equivalent))
            return;
        ContainerExporter exporter = new(Store);
        if (Bundle)
            exporter.ExportBundle(container, path, WriteWarning, StopToken);
        else
            exporter.ExportArchive(container, path, null, StopToken);
        if (PassThru)
            WriteObject(Bundle ? new DirectoryInfo(path) : new FileInfo(path));
    }
}
