using Microsoft.Win32.SafeHandles;
using NsTools.Hosts;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;
using Tmds.Linux;

namespace NsTools.Images.Layers;

/// <summary>
/// Mounts images as overlays of their unpacked layers, and dismounts them. The mount table is all the state there is: our
/// mounts have the source <c>image:REFERENCE</c>.
/// </summary>
public static class ImageMounter
{
    private const string SourcePrefix = "image:";
    // umount2(2).
    private const int NoFollow = 8;

    private static string WritableRoot => Path.Join(RuntimeDirectories.DataRoot, "mounts");

    private static string TargetRoot => Path.Join(RuntimeDirectories.RunRoot, "images");

    /// <summary>Mounts an image. Layers that are not there yet are unpacked first and stay for the next time.</summary>
    /// <param name="source">The image.</param>
    /// <param name="image">What the source has.</param>
    /// <param name="request">Where and how.</param>
    /// <param name="cancellation">Ends it; nothing is mounted then.</param>
    /// <exception cref="NsToolsException">The image has no file system or is damaged, or the caller may not mount.</exception>
    /// <exception cref="SyscallException">A step failed; nothing is left mounted.</exception>
    public static ImageMount Mount(IImageSource source, ImageContents image, ImageMountRequest request, CancellationToken cancellation)
    {
        if (!LayerPrivileges.IsRoot)
        {
            throw new NsToolsException(
                FailureKind.PermissionDenied,
                "MountNotPermitted",
                "Only root may mount an image; an ordinary user may do so in a user and mount namespace of its own.",
                "Start pwsh there with: unshare --user --map-root-user --map-auto --mount pwsh. Or use Expand-Image, which mounts nothing.");
        }
        LayerStore store = LayerStore.Default;
        using IDisposable held = store.Hold(cancellation);
        IReadOnlyList<string> layers = store.Unpack(source, image, request.Expansion, cancellation);
        // Overlayfs wants two directories at least where nothing takes changes.
        IReadOnlyList<string> lower = layers.Count >= 2 || IsWritable(request) ? layers : [EmptyDirectory(store), .. layers];
        if (lower.Count == 0)
            lower = [EmptyDirectory(store)];
        string name = ShortNameOf(source.Reference);
        using var places = new MountPlaces(request, WritableRoot, TargetRoot);
        if (places.Upper is { } upper && layers.Count > 0 && !Directory.EnumerateFileSystemEntries(upper).Any())
        {
            // The top directory that one sees is the upper one.
            using SafeFileHandle from = DirectoryHandle.Open(layers[^1]), to = DirectoryHandle.Open(upper);
            DirectoryMetadata.Copy(from, to);
        }
        using SafeFileHandle mount = ImageOverlay.Create(SourcePrefix + name, lower, places.Upper, places.Work);
        using (SafeFileHandle target = DirectoryHandle.Open(places.Target))
            MountTree.Attach(mount, target, places.Target);
        places.Keep();
        return new ImageMount
        {
            Path = places.Target,
            Image = name,
            Digest = image.Content.Digest,
            IsReadOnly = places.Upper is null,
            UpperDirectory = places.Upper,
            LayerCount = layers.Count,
            MountId = MountIdentity.Of(mount).Id,
        };
    }

    /// <summary>The images that are mounted in the caller's mount namespace, in the order of mounting.</summary>
    public static IReadOnlyList<ImageMount> List() => [.. MountInfo.Read("/proc/self/mountinfo").Where(IsImage).Select(Describe)];

    /// <summary>Dismounts an image, and removes what was made for it alone.</summary>
    /// <param name="mount">Which.</param>
    /// <param name="isLazy">True takes it out of sight now, and lets it go when nothing uses it any more.</param>
    /// <exception cref="SyscallException">It is busy, …</exception>
    public static void Dismount(ImageMount mount, bool isLazy)
    {
        ClassicMount.Unmount(mount.Path, NoFollow | (isLazy ? LibC.MNT_DETACH : 0));
        if (mount.UpperDirectory is { } upper && Path.GetDirectoryName(Path.GetDirectoryName(upper)) == WritableRoot)
            Remove(Path.GetDirectoryName(upper)!);
        if (Path.GetDirectoryName(mount.Path) == TargetRoot && Directory.Exists(mount.Path))
            Directory.Delete(mount.Path);
    }

    /// <summary>The directories of all overlays that any process sees, as far as the caller may look.</summary>
    internal static HashSet<string> DirectoriesInUse()
    {
        HashSet<string> used = new(StringComparer.Ordinal);
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            try
            {
                if (new FileInfo($"{process}/ns/mnt").LinkTarget is not { } mountNamespace || !seen.Add(mountNamespace))
                    continue;
                foreach (MountInfoEntry entry in MountInfo.Read($"{process}/mountinfo").Where(entry => entry.FileSystem == "overlay"))
                    used.UnionWith(entry.FileSystemOptions.SelectMany(DirectoriesOf));
            }
            catch (Exception exception) when (exception is SyscallException or IOException or UnauthorizedAccessException)
            {
                // It has ended, or is another user's, whose overlays cannot have layers of ours.
            }
        }
        return used;
    }

    internal static void Remove(string directory)
    {
        using SafeFileHandle parent = DirectoryHandle.Open(Path.GetDirectoryName(directory)!);
        OwnedTree.Remove(parent, Path.GetDirectoryName(directory)!, Path.GetFileName(directory), CancellationToken.None);
    }

    private static bool IsWritable(ImageMountRequest request) => request.IsWritable || request.UpperDirectory is not null;

    private static bool IsImage(MountInfoEntry entry) =>
        entry.FileSystem == "overlay" && entry.Source.StartsWith(SourcePrefix, StringComparison.Ordinal);

    private static ImageMount Describe(MountInfoEntry entry)
    {
        string? upper = entry.FileSystemOptions.FirstOrDefault(o => o.StartsWith("upperdir=", StringComparison.Ordinal))?["upperdir=".Length..];
        List<string> lower = [.. entry.FileSystemOptions.Where(o => o.StartsWith("lowerdir", StringComparison.Ordinal)).SelectMany(DirectoriesOf)];
        return new ImageMount
        {
            Path = entry.Target,
            Image = entry.Source[SourcePrefix.Length..],
            IsReadOnly = upper is null || entry.MountOptions.Contains("ro"),
            UpperDirectory = upper,
            LayerCount = lower.Count(path => !path.EndsWith("/empty", StringComparison.Ordinal)),
            MountId = entry.Id,
        };
    }

    // "lowerdir=a:b", or since Linux 6.5 "lowerdir+=a" for each.
    private static IEnumerable<string> DirectoriesOf(string option)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && option[..equals] is "lowerdir" or "lowerdir+" or "upperdir" ? option[(equals + 1)..].Split(':') : [];
    }

    private static string EmptyDirectory(LayerStore store)
    {
        string path = Path.Join(store.Root, "empty");
        Directory.CreateDirectory(path);
        return path;
    }

    // fsconfig(2) takes 255 bytes.
    private static string ShortNameOf(ImageReference reference)
    {
        string name = reference.ToString();
        int most = FileSystemContext.MaximumValueLength - SourcePrefix.Length;
        while (System.Text.Encoding.UTF8.GetByteCount(name) > most)
            name = name[..^1];
        return name;
    }
}
