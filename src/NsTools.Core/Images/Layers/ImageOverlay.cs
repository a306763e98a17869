using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Images.Layers;

/// <summary>Overlays of unpacked layers (<c>Documentation/filesystems/overlayfs.rst</c>).</summary>
internal static class ImageOverlay
{
    /// <summary>
    /// An overlay that is mounted nowhere yet. Each directory is handed over as a descriptor: neither the length of all
    /// names nor a page of options limits how many layers there may be, but overlayfs' own limit of 500 does.
    /// </summary>
    /// <param name="source">What the mount table shows as its source.</param>
    /// <param name="lower">The lower directories, the lowest first.</param>
    /// <param name="upper">What takes the changes; null for an overlay that nothing can be written to.</param>
    /// <param name="work">A directory beside <paramref name="upper"/>, made where it is missing; needed with it.</param>
    /// <exception cref="SyscallException">This kernel, or the file system of the layers, cannot do that.</exception>
    /// <exception cref="NsToolsException">The caller may not mount (<c>MountNotPermitted</c>).</exception>
    public static SafeFileHandle Create(string source, IReadOnlyList<string> lower, string? upper, string? work)
    {
        try
        {
            return FileSystemContext.Mount("overlay", source, OptionsFor(isReadOnly: upper is null), context =>
            {
                foreach (string directory in lower.Reverse())
                    Add(context, "lowerdir+", directory);
                if (upper is null)
                    return;
                Directory.CreateDirectory(work!);
                Add(context, "upperdir", upper);
                Add(context, "workdir", work!);
            });
        }
        catch (SyscallException exception) when (exception.Name == "EPERM")
        {
            throw new NsToolsException(
                FailureKind.PermissionDenied,
                "MountNotPermitted",
                "Only root may mount an overlay; an ordinary user may do so in a user and mount namespace of its own.",
                "Run pwsh as root, or start it with: unshare --user --map-root-user --map-auto --mount pwsh. Or use Expand-Image, which mounts nothing.",
                exception);
        }
    }

    // What depends on a kernel's defaults is said: layers that one overlay wrote are read by others.
    private static MountOptions OptionsFor(bool isReadOnly)
    {
        List<string> options = isReadOnly ? ["ro"] : [];
        options.AddRange(LayerPrivileges.IsHostRoot ? ["index=off", "metacopy=off", "redirect_dir=off"] : ["userxattr"]);
        return MountOptions.Parse(options);
    }

    private static void Add(FileSystemContext context, string name, string directory)
    {
        using SafeFileHandle handle = Descriptor.Open(directory, LibC.O_PATH | LibC.O_DIRECTORY);
        try
        {
            context.SetDescriptor(name, handle);
        }
        catch (SyscallException exception) when (exception.Name == "EINVAL")
        {
            // Before Linux 6.13 only a name is taken, of at most 255 bytes.
            context.SetString(name, $"/proc/self/fd/{Descriptor.Number(handle)}");
        }
    }
}
