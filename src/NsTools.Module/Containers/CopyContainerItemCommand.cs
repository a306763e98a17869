using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Contents;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Copy-ContainerItem: copies files to containers, from containers, or from one to another.</summary>
[Cmdlet(VerbsCommon.Copy, "ContainerItem", SupportsShouldProcess = true)]
public sealed class CopyContainerItemCommand : NsToolsCmdlet
{
    /// <summary>What to copy: a path on the host, or CONTAINER:PATH; with -FromContainer paths in that. A /. at its end means what is in it.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "PSPath")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContainerPathCompleter))]
    public string[] Path { get; set; } = [];

    /// <summary>Where to: a path on the host, or CONTAINER:PATH; with -ToContainer a path in that.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContainerPathCompleter))]
    public string Destination { get; set; } = "";

    /// <summary>The container that -Path is in.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ContainerTransformation]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    public string? FromContainer { get; set; }

    /// <summary>The container that -Destination is in.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ContainerTransformation]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    public string? ToContainer { get; set; }

    /// <summary>Keeps the owners' numbers. Without it copies belong to the container's user, and those on the host to the caller.</summary>
    [Parameter]
    public SwitchParameter KeepOwner { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in Path)
            ForItem(path, () => Copy(path));
    }

    private void Copy(string path)
    {
        (Container? from, string source) = Locate(path, FromContainer);
        (Container? to, string destination) = Locate(Destination, ToContainer);
        if (from is null && to is null)
            throw new NsToolsException(FailureKind.InvalidArgument, "NoContainer", "Neither side is in a container.", "Write CONTAINER:PATH, or name the container with -FromContainer or -ToContainer.");
        if (!ShouldProcess(path, ContainerShellCommand.Join("cp", Describe(from, source), Describe(to, destination))))
            return;
        new ContainerCopier(ContainerStore.Current) { ChangesOwner = !KeepOwner, Warning = WriteWarning }.Copy(from, source, to, destination, StopToken);
    }

    // A colon before any slash parts a container from a path, as with podman cp; a path that has one begins with ./ or /.
    private (Container? Container, string Path) Locate(string given, string? named)
    {
        if (named is not null)
            return (ContainerStore.Current.Get(named), InContainer(given));
        int colon = given.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || given[..colon].Contains('/', StringComparison.Ordinal) || given[0] == '.' || SessionState.Drive.GetAll().Any(drive => drive.Name.Equals(given[..colon], StringComparison.OrdinalIgnoreCase)) || given.Contains("::", StringComparison.Ordinal))
            return (null, OnHost(given));
        return (ContainerStore.Current.Get(given[..colon]), InContainer(given[(colon + 1)..]));
    }

    // A slash or a dot at the end means something, and is lost when a path is made absolute.
    private string OnHost(string path)
    {
        string absolute = ToFileSystemPath(path);
        return path.EndsWith("/.", StringComparison.Ordinal) ? System.IO.Path.TrimEndingDirectorySeparator(absolute) + "/." : path.EndsWith('/') ? System.IO.Path.TrimEndingDirectorySeparator(absolute) + "/" : absolute;
    }

    // Relative ones begin at the top, as with podman cp.
    private static string InContainer(string path) => path.StartsWith('/') ? path : "/" + path;

    private static string Describe(Container? container, string path) => container is null ? path : $"{container.Name}:{path}";
}
