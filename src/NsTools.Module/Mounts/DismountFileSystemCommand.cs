using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Mounts;
using NsTools.Namespaces;

namespace NsTools.Module.Mounts;

/// <summary>Dismount-FileSystem: takes mounts away, and nothing else.</summary>
[Cmdlet(VerbsData.Dismount, "FileSystem", DefaultParameterSetName = TargetSet, SupportsShouldProcess = true)]
[OutputType(typeof(MountPoint))]
public sealed class DismountFileSystemCommand : NsToolsCmdlet
{
    private const string TargetSet = "Target";
    private const string MountPointSet = "MountPoint";

    private readonly List<MountPoint> _mounts = [];

    /// <summary>Where it is mounted.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = TargetSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MountTargetCompleter))]
    public string[] Target { get; set; } = [];

    /// <summary>The mounts, from Get-MountPoint or Mount-FileSystem, of any namespace; in any order.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = MountPointSet)]
    [MountPointTransformation]
    [ValidateNotNull]
    public MountPoint[] InputObject { get; set; } = [];

    /// <summary>The mount namespace to unmount in. None is this process's.</summary>
    [Parameter(ParameterSetName = TargetSet)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>A directory that the target is inside of: absolute paths and links mean what they would after <c>chroot</c>.</summary>
    [Parameter(ParameterSetName = TargetSet)]
    [ValidateNotNullOrEmpty]
    public string? Root { get; set; }

    /// <summary>Also what is mounted below.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Out of sight now, with all that is below; released when nothing uses it any more.</summary>
    [Parameter]
    public SwitchParameter Lazy { get; set; }

    /// <summary>Also when a network file system's server does not answer.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Returns what was unmounted.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == MountPointSet)
        {
            _mounts.AddRange(InputObject);
            return;
        }
        foreach (string target in Target)
        {
            ForItem(target, () =>
            {
                string? root = Root is null || Namespace is not null ? Root : ToFileSystemPath(Root);
                Dismount(new DismountRequest
                {
                    Target = root is null && Namespace is null ? ToFileSystemPath(target) : "/" + target.TrimStart('/'),
                    Namespace = Namespace,
                    Root = root,
                });
            });
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // Only now all are known, and a mount can go only after those that are on it.
        foreach (IGrouping<long, MountPoint> group in _mounts.GroupBy(mount => mount.Namespace))
            ForItem(group.First(), () => DismountAll(group));
    }

    private void DismountAll(IGrouping<long, MountPoint> mounts)
    {
        NamespaceReference? reference = MountTable.FindNamespace(mounts.First());
        HashSet<int> gone = [];
        foreach (MountPoint mount in MountOrder.ForDismount(mounts, MountTable.Read(reference)))
        {
            if (gone.Contains(mount.Id))
                continue;
            ForItem(mount, () => gone.UnionWith(
                Dismount(new DismountRequest { Target = mount.Target, Id = mount.Id, Namespace = reference }).Select(removed => removed.Id)));
        }
    }

    private IReadOnlyList<MountPoint> Dismount(DismountRequest request)
    {
        request = request with { IsRecursive = Recurse, IsLazy = Lazy, IsForced = Force };
        if (!ShouldProcess(request.TargetName, MountCommandLine.For(request)))
            return [];
        IReadOnlyList<MountPoint> gone = FileSystemUnmounter.Dismount(request);
        if (PassThru)
            WriteObject(gone, enumerateCollection: true);
        return gone;
    }
}
