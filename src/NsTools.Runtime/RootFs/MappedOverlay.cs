using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// An overlay whose directories are idmapped, for a container with a user namespace: on disk the owners stay those of the
/// image, in every container of it, whatever its mappings are. The kernel maps no overlay itself (<c>mount_setattr(2)</c>),
/// but it makes one of idmapped mounts of its directories, and of ones that are attached nowhere (Linux 6.15).
/// </summary>
internal static class MappedOverlay
{
    private const string Lower = "lowerdir+=";
    private const string Upper = "upperdir=";
    private const string Work = "workdir=";

    /// <summary>Makes it, attached nowhere; with the rights of the host's root.</summary>
    /// <param name="item">The mount, with layers as <c>lowerdir+</c>.</param>
    /// <param name="index">Its place in the config.</param>
    /// <exception cref="RuntimeSpecException">It has layers in another form.</exception>
    /// <exception cref="SyscallException">The kernel or the file system refused it.</exception>
    public static SafeFileHandle Open(MountSpec item, int index)
    {
        string place = string.Create(CultureInfo.InvariantCulture, $"$.mounts[{index}]");
        IReadOnlyList<string> given = item.Options ?? [];
        string[] layers = [.. Values(given, Lower)];
        if (layers.Length == 0 || item.GidMappings is not { Count: > 0 })
            throw new RuntimeSpecException($"{place}.options", "an idmapped overlay has its layers as 'lowerdir+', and uidMappings and gidMappings");
        List<SafeFileHandle> held = [];
        try
        {
            using SafeFileHandle mapping = MappingNamespace.Make(item.UidMappings!, item.GidMappings);
            MountOptions rest = MountOptions.Parse(given.Where(static option => !option.StartsWith(Lower, StringComparison.Ordinal) && !option.StartsWith(Upper, StringComparison.Ordinal) && !option.StartsWith(Work, StringComparison.Ordinal)));
            foreach (string layer in layers)
                held.Add(Clone(layer, mapping));
            // Both in one mount: rename(2) goes from the one to the other.
            string? parent = Values(given, Upper).Select(Path.GetDirectoryName).FirstOrDefault();
            SafeFileHandle? changes = null, work = null;
            if (parent is not null)
            {
                held.Add(Clone(parent, mapping));
                held.Add(changes = Descriptor.OpenAt(held[layers.Length], Path.GetFileName(Values(given, Upper).First()), O_PATH | O_DIRECTORY | O_NOFOLLOW));
                held.Add(work = Descriptor.OpenAt(held[layers.Length], Path.GetFileName(Values(given, Work).First()), O_PATH | O_DIRECTORY | O_NOFOLLOW));
            }
            // Overlayfs makes its own files, such as whiteouts, as who mounts it, who must be mapped there: the container's root.
            using FileSystemIdentity identity = FileSystemIdentity.Take(RootOf(item.UidMappings!, place), RootOf(item.GidMappings, place));
            return FileSystemContext.Mount("overlay", item.Source, rest, context =>
            {
                foreach (SafeFileHandle layer in held.Take(layers.Length))
                    context.SetDescriptor("lowerdir+", layer);
                if (changes is null || work is null)
                    return;
                context.SetDescriptor("upperdir", changes);
                context.SetDescriptor("workdir", work);
            });
        }
        catch (SyscallException refused) when (refused.Syscall is "mount_setattr" or "fsconfig" && refused.Number == EINVAL)
        {
            throw new SyscallException(refused.Syscall, refused.Number, refused.Subject, $"{place}: an overlay of idmapped layers takes Linux 6.15 and a file system that maps owners{(refused.Detail is null ? "" : $" ({refused.Detail})")}");
        }
        finally
        {
            held.ForEach(static one => one.Dispose());
        }
    }

    private static SafeFileHandle Clone(string path, SafeFileHandle mapping)
    {
        SafeFileHandle tree = MountTree.Clone(path, recursive: false);
        try
        {
            MountTree.SetIdMap(tree, mapping, recursive: false, path);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    private static uint RootOf(IReadOnlyList<IdMapping> maps, string place) =>
        maps.FirstOrDefault(static map => map.ContainerId == 0)?.HostId ?? throw new RuntimeSpecException(place, "nobody is root in the mappings of an overlay");

    private static IEnumerable<string> Values(IReadOnlyList<string> options, string name) =>
        options.Where(option => option.StartsWith(name, StringComparison.Ordinal)).Select(option => option[name.Length..]);
}
