using Microsoft.Win32.SafeHandles;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Mounts;

namespace NsTools.Builds.Execution;

/// <summary>A tree that COPY --from and RUN --mount=from= read: a stage's or an image's, or the context.</summary>
/// <param name="key">What its content is known by; null for the context, whose files are looked at.</param>
/// <param name="directories">Its layers, the lowest first; null for the context.</param>
/// <param name="path">The context's directory.</param>
internal sealed class StageSource(string? key, IReadOnlyList<string>? directories, string path)
{
    /// <summary>What its content is known by; null for the context.</summary>
    public string? Key => key;

    /// <summary>Opens its top; mounted nowhere.</summary>
    /// <param name="layers">Has an empty directory, which overlayfs wants beside a single one.</param>
    public SafeFileHandle Open(LayerStore layers) => directories is null
        ? PathInRoot.OpenRoot(path)
        : ImageOverlay.Create("build", [EmptyOf(layers), .. directories], upper: null, work: null);

    /// <summary>Mounts it where a container can have it from.</summary>
    /// <param name="layers">Likewise.</param>
    /// <returns>Its path, and what takes it away.</returns>
    public (string Path, Action Release) Mount(LayerStore layers)
    {
        if (directories is null)
            return (path, static () => { });
        string place = Directory.CreateTempSubdirectory("nstools-build-").FullName;
        using SafeFileHandle mount = Open(layers), target = DirectoryHandle.Open(place);
        MountTree.Attach(mount, target, place);
        return (place, Release);

        void Release()
        {
            ClassicMount.Unmount(place, (int)Tmds.Linux.LibC.MNT_DETACH);
            Directory.Delete(place);
        }
    }

    private static string EmptyOf(LayerStore layers) => Directory.CreateDirectory(Path.Join(layers.Root, "empty")).FullName;
}
