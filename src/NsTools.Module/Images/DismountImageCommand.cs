using System.Management.Automation;
using NsTools.Images.Layers;
using NsTools.Module.Common;

namespace NsTools.Module.Images;

/// <summary>Dismount-Image: takes mounted images away, and nothing else.</summary>
[Cmdlet(VerbsData.Dismount, "Image", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(ImageMount))]
public sealed class DismountImageCommand : NsToolsCmdlet
{
    private const string PathSet = "Path";
    private const string ImageSet = "Image";

    /// <summary>Where the image is mounted; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageMountCompleter))]
    public string[] Path { get; set; } = [];

    /// <summary>What was mounted, as Mount-Image shows it: all its mounts; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ImageSet)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageMountCompleter))]
    public string[] Image { get; set; } = [];

    /// <summary>Out of sight now; released when nothing uses it any more.</summary>
    [Parameter]
    public SwitchParameter Lazy { get; set; }

    /// <summary>Returns what was dismounted.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in ParameterSetName == PathSet ? Path : Image)
        {
            ForItem(given, () =>
            {
                foreach (ImageMount mount in Find(given, ParameterSetName == PathSet))
                    ForItem(mount, () => Dismount(mount));
            });
        }
    }

    private List<ImageMount> Find(string given, bool isPath)
    {
        // Those on top first: a path may have several.
        IEnumerable<ImageMount> mounts = ImageMounter.List().Reverse();
        bool isWildcard = WildcardPattern.ContainsWildcardCharacters(given);
        // Whoever has just mounted localhost/app:v1 writes the same here, and 'localhost/app:' is no drive.
        if (isPath && !isWildcard && given[0] is not ('/' or '.') && !Directory.Exists(given) && mounts.Any(mount => mount.Image == given))
            return Find(given, isPath: false);
        string wanted = isWildcard || !isPath ? given : ToFileSystemPath(given);
        var pattern = new WildcardPattern(wanted, WildcardOptions.None);
        List<ImageMount> found = [.. mounts.Where(mount => Matches(isPath ? mount.Path : mount.Image))];
        if (found.Count == 0 && !isWildcard)
        {
            throw new NsToolsException(
                FailureKind.NotFound, "ImageNotMounted", $"No image is mounted {(isPath ? $"on '{wanted}'" : $"as '{wanted}'")}.", "Get-MountPoint shows what is mounted where.");
        }
        return isPath && !isWildcard ? found[..1] : found;

        bool Matches(string text) => isWildcard ? pattern.IsMatch(text) : text == wanted;
    }

    private void Dismount(ImageMount mount)
    {
        if (!ShouldProcess($"umount {(Lazy ? "--lazy " : "")}'{mount.Path}'", mount.Path, "Dismount-Image"))
            return;
        ImageMounter.Dismount(mount, Lazy);
        if (PassThru)
            WriteObject(mount);
    }
}
