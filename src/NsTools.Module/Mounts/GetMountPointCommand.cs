using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Mounts;
using NsTools.Namespaces;

namespace NsTools.Module.Mounts;

/// <summary>Get-MountPoint: what is mounted in this or another mount namespace.</summary>
[Cmdlet(VerbsCommon.Get, "MountPoint")]
[OutputType(typeof(MountPoint))]
public sealed class GetMountPointCommand : NsToolsCmdlet
{
    /// <summary>Only what is mounted on these paths; wildcards allowed. None is all.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MountTargetCompleter))]
    public string[]? Target { get; set; }

    /// <summary>Only these types of file system; wildcards allowed.</summary>
    [Parameter]
    [Alias("Type")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FileSystemTypeCompleter))]
    public string[]? FileSystem { get; set; }

    /// <summary>The mount namespace: a set, a namespace, a process or its ID, a name, a path. None is this process's.</summary>
    [Parameter(ValueFromPipeline = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Namespace?.DisplayName, () =>
    {
        IReadOnlyList<MountPoint> mounts = MountTable.Read(Namespace);
        if (FileSystem is not null)
        {
            WildcardPattern[] types = [.. FileSystem.Select(type => WildcardPattern.Get(type, WildcardOptions.IgnoreCase))];
            mounts = [.. mounts.Where(mount => types.Any(type => type.IsMatch(mount.FileSystem)))];
        }
        if (Target is null)
        {
            WriteObject(mounts, enumerateCollection: true);
            return;
        }
        foreach (string target in Target)
            ForItem(target, () => WriteObject(Select(mounts, target), enumerateCollection: true));
    });

    private MountPoint[] Select(IReadOnlyList<MountPoint> mounts, string target)
    {
        if (WildcardPattern.ContainsWildcardCharacters(target))
        {
            WildcardPattern pattern = WildcardPattern.Get(target, WildcardOptions.None);
            return [.. mounts.Where(mount => pattern.IsMatch(mount.Target))];
        }
        // In another namespace PowerShell's location means nothing.
        string path = Namespace is null ? ToFileSystemPath(target) : Path.GetFullPath(target, "/");
        path = path.Length > 1 ? Path.TrimEndingDirectorySeparator(path) : path;
        MountPoint[] found = [.. mounts.Where(mount => mount.Target == path)];
        return found.Length > 0
            ? found
            : throw new NsToolsException(
                FailureKind.NotFound,
                "NotAMountPoint",
                FileSystem is null ? $"Nothing is mounted on '{path}'." : $"No file system of type {string.Join(", ", FileSystem)} is mounted on '{path}'.",
                "Get-MountPoint without -Target shows what is mounted where.");
    }
}
