using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// A mount of type <c>cgroup</c>: on cgroup v2 the hierarchy; on v1 and hybrid a tmpfs with a mount for each hierarchy
/// that the host has. In a cgroup namespace of the container's own each is mounted anew, and its root is the
/// container's cgroup; without one the container's cgroup is bound (cgroup_namespaces(7)).
/// </summary>
internal static unsafe class CgroupMount
{
    private const string Host = "/sys/fs/cgroup";

    /// <summary>Makes it.</summary>
    /// <param name="mounts">The container's mounts.</param>
    /// <param name="spec">The config.</param>
    /// <param name="item">The mount.</param>
    /// <param name="options">Its options.</param>
    /// <param name="proc">The kernel's procfs.</param>
    /// <exception cref="SyscallException">A step failed.</exception>
    public static void Make(MountSetup mounts, RuntimeSpec spec, MountSpec item, MountOptions options, ProcFileSystem proc)
    {
        using SafeFileHandle host = Descriptor.Open(Host, O_PATH | O_DIRECTORY);
        if (FileSystemMagic.Of(host) == FileSystemMagic.Cgroup2)
        {
            MountSpec unified = item with { Type = "cgroup2", Source = "cgroup" };
            mounts.Attach(NewFileSystem.Mount(unified, options, covered: null, label: null), item, options);
            return;
        }
        bool hasNamespace = (spec.Linux?.Namespaces ?? []).Any(n => n.Type == "cgroup");
        // Only what belongs to the mounts: v1 has no options that a container could set.
        MountAttributes attributes = options.Attributes.Set | options.RecursiveAttributes.Set;
        SafeFileHandle top = NewTop(attributes & ~MountAttributes.ReadOnly);
        using SafeFileHandle directory = Descriptor.OpenAt(top, ".", O_PATH);
        mounts.Attach(top, item, MountOptions.None);
        foreach (CgroupLine line in ReadOwn(proc))
            Make(host, directory, line, attributes, hasNamespace);
        if (attributes.HasFlag(MountAttributes.ReadOnly))
            MountTree.SetAttributes(directory, new MountAttributeChange(MountAttributes.ReadOnly), recursive: false, item.Destination);
        if (options.Propagation != PropagationType.Unchanged)
            MountTree.SetAttributes(directory, new MountAttributeChange(MountAttributes.None, Propagation: options.Propagation), recursive: true, item.Destination);
    }

    private static SafeFileHandle NewTop(MountAttributes attributes)
    {
        using FileSystemContext context = FileSystemContext.Open("tmpfs");
        context.SetString("source", "cgroup");
        context.SetString("mode", "755");
        context.Create();
        return context.Mount(attributes);
    }

    private static void Make(SafeFileHandle host, SafeFileHandle top, CgroupLine line, MountAttributes attributes, bool hasNamespace)
    {
        // A hierarchy that the host has mounted nowhere, or elsewhere, is not the container's to have.
        int error = OpenAt2.TryOpen(host, PathBytes.Of(line.Directory), O_PATH | O_DIRECTORY, ResolveFlags.Beneath, 0, out SafeFileHandle? hierarchy);
        using (hierarchy)
        {
            if (hierarchy is null || FileSystemMagic.Of(hierarchy) != (line.IsUnified ? FileSystemMagic.Cgroup2 : FileSystemMagic.Cgroup))
                return;
            using SafeFileHandle mount = hasNamespace && TryMount(line, attributes) is { } made ? made : Bind(hierarchy, line, attributes);
            fixed (byte* name = PathBytes.Of(line.Directory))
            {
                if (mkdirat(Descriptor.Number(top), name, 0b111_101_101) < 0)
                    throw SyscallException.FromLastError("mkdirat", line.Directory);
            }
            using SafeFileHandle place = Descriptor.OpenAt(top, line.Directory, O_PATH | O_DIRECTORY | O_NOFOLLOW);
            MountTree.Attach(mount, place, $"{Host}/{line.Directory}");
        }
        // cpu -> cpu,cpuacct, as the host has it.
        string[] controllers = line.Controllers.Split(',');
        for (int i = 0; i < controllers.Length && controllers.Length > 1; i++)
        {
            fixed (byte* link = PathBytes.Of(controllers[i]))
            fixed (byte* target = PathBytes.Of(line.Directory))
            {
                if (symlinkat(target, Descriptor.Number(top), link) < 0 && errno != EEXIST)
                    throw SyscallException.FromLastError("symlinkat", controllers[i]);
            }
        }
    }

    private static SafeFileHandle? TryMount(CgroupLine line, MountAttributes attributes)
    {
        try
        {
            using FileSystemContext context = FileSystemContext.Open(line.IsUnified ? "cgroup2" : "cgroup");
            context.SetString("source", "cgroup");
            if (line.Name is { } name)
            {
                context.SetFlag("none");
                context.SetString("name", name);
            }
            else if (!line.IsUnified)
            {
                foreach (string controller in line.Controllers.Split(','))
                    context.SetFlag(controller);
            }
            context.Create();
            return context.Mount(attributes);
        }
        catch (SyscallException refused) when (refused.Number == EPERM)
        {
            // A user namespace that does not own the cgroup namespace.
            return null;
        }
    }

    private static SafeFileHandle Bind(SafeFileHandle hierarchy, CgroupLine line, MountAttributes attributes)
    {
        using SafeFileHandle own = OpenAt2.Open(hierarchy, line.Path.Length <= 1 ? "." : line.Path[1..], O_PATH | O_DIRECTORY, ResolveFlags.Beneath);
        SafeFileHandle tree = MountTree.Clone(own, recursive: false, line.Path);
        try
        {
            MountTree.SetAttributes(tree, new MountAttributeChange(attributes), recursive: false, line.Path);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    // cgroups(7), "/proc files": hierarchy-ID:controller-list:cgroup-path.
    private static List<CgroupLine> ReadOwn(ProcFileSystem proc)
    {
        using SafeFileHandle file = proc.OpenFile("self/cgroup", O_RDONLY);
        byte[] buffer = new byte[64 * 1024];
        int filled = 0;
        fixed (byte* data = buffer)
        {
            while (filled < buffer.Length)
            {
                long count = read(Descriptor.Number(file), data + filled, buffer.Length - filled);
                if (count < 0)
                    throw SyscallException.FromLastError("read", "/proc/self/cgroup");
                if (count == 0)
                    break;
                filled += (int)count;
            }
        }
        List<CgroupLine> lines = [];
        foreach (string line in Encoding.UTF8.GetString(buffer, 0, filled).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(':', 3);
            if (fields.Length == 3)
                lines.Add(new CgroupLine(fields[1], fields[2]));
        }
        return lines;
    }

    private sealed record CgroupLine(string Controllers, string Path)
    {
        public bool IsUnified => Controllers.Length == 0;

        public string? Name => Controllers.StartsWith("name=", StringComparison.Ordinal) ? Controllers["name=".Length..] : null;

        public string Directory => IsUnified ? "unified" : Name ?? Controllers;
    }
}
