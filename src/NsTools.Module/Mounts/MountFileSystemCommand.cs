using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Mounts;
using NsTools.Namespaces;

namespace NsTools.Module.Mounts;

/// <summary>Mount-FileSystem: makes a directory or file appear elsewhere too, or mounts a file system of its own.</summary>
[Cmdlet(VerbsData.Mount, "FileSystem", DefaultParameterSetName = TypeSet, SupportsShouldProcess = true)]
[OutputType(typeof(MountPoint))]
public sealed class MountFileSystemCommand : NsToolsCmdlet
{
    private const string BindSet = "Bind";
    private const string TypeSet = "Type";
    private const string OverlaySet = "Overlay";

    /// <summary>Makes the source appear on the target too.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BindSet)]
    public SwitchParameter Bind { get; set; }

    /// <summary>A bind mount takes along what is mounted below its source.</summary>
    [Parameter(ParameterSetName = BindSet)]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Type of a new file system: <c>proc</c>, <c>tmpfs</c>, …</summary>
    [Parameter(Mandatory = true, ParameterSetName = TypeSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FileSystemTypeCompleter))]
    public string? Type { get; set; }

    /// <summary>Directories below an overlay, the topmost first.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OverlaySet)]
    [ValidateNotNullOrEmpty]
    public string[]? LowerDirectory { get; set; }

    /// <summary>The directory that takes an overlay's changes; none makes it read-only.</summary>
    [Parameter(ParameterSetName = OverlaySet)]
    [ValidateNotNullOrEmpty]
    public string? UpperDirectory { get; set; }

    /// <summary>An empty directory on the same file system as <see cref="UpperDirectory"/>.</summary>
    [Parameter(ParameterSetName = OverlaySet)]
    [ValidateNotNullOrEmpty]
    public string? WorkDirectory { get; set; }

    /// <summary>For a bind mount the file or directory, of this process's mount namespace; otherwise a device or a name.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = BindSet)]
    [Parameter(ParameterSetName = TypeSet)]
    [ValidateNotNullOrEmpty]
    public string? Source { get; set; }

    /// <summary>Where: a directory, for a file's bind mount a file. A missing one is made for a bind mount.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = BindSet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = TypeSet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = OverlaySet)]
    [ValidateNotNullOrEmpty]
    public string Target { get; set; } = string.Empty;

    /// <summary>Options as in <c>mount -o</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Option { get; set; } = [];

    /// <summary>Nothing can be written through the mount, from its first moment on; with -Recurse also not through those below.</summary>
    [Parameter]
    public SwitchParameter ReadOnly { get; set; }

    /// <summary>How later mounts and unmounts below the mount propagate.</summary>
    [Parameter]
    public MountPropagation? Propagation { get; set; }

    /// <summary>The mount namespace to mount in. None is this process's.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>A directory that the target is inside of: absolute paths and links mean what they would after <c>chroot</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Root { get; set; }

    /// <summary>Makes a missing target directory and those on the way to it.</summary>
    [Parameter]
    public SwitchParameter CreateTarget { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Target, () =>
    {
        MountRequest request = ToRequest();
        bool creates = (request.CreatesTarget || request.Type is null) && FileSystemMounter.IsTargetMissing(request);
        if (ShouldProcess(request.TargetName, MountCommandLine.For(request, creates)))
            WriteObject(FileSystemMounter.Mount(request));
    });

    private MountRequest ToRequest()
    {
        string? root = Root is null || Namespace is not null ? Root : ToFileSystemPath(Root);
        return new MountRequest
        {
            Type = ParameterSetName switch { BindSet => null, OverlaySet => "overlay", _ => Type },
            Source = SourcePath(),
            Target = root is null && Namespace is null ? ToFileSystemPath(Target) : "/" + Target.TrimStart('/'),
            IsRecursive = Recurse,
            IsReadOnly = ReadOnly,
            Overlay = LowerDirectory is null ? null : new OverlayDirectories
            {
                Lower = [.. LowerDirectory.Select(ToFileSystemPath)],
                Upper = UpperDirectory is null ? null : ToFileSystemPath(UpperDirectory),
                Work = WorkDirectory is null ? null : ToFileSystemPath(WorkDirectory),
            },
            Options = Option,
            Propagation = Propagation,
            Namespace = Namespace,
            Root = root,
            CreatesTarget = CreateTarget,
        };
    }

    // A file system's source is a device's path or just a name ("tmpfs", "server:/export"): only what is plainly a
    // relative path is taken as one.
    private string? SourcePath() =>
        Source is not null && (Bind || Source.StartsWith("./", StringComparison.Ordinal) || Source.StartsWith("../", StringComparison.Ordinal) || Source.StartsWith('~'))
            ? ToFileSystemPath(Source)
            : Source;
}
