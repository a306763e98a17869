using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>Mounts of new file system instances: proc, sysfs, tmpfs, mqueue, devpts, overlay, and whatever the kernel knows.</summary>
internal static unsafe class NewFileSystem
{
    /// <summary>Makes a detached mount of a new instance.</summary>
    /// <param name="item">The mount.</param>
    /// <param name="options">Its options.</param>
    /// <param name="covered">The directory of the root file system that it will cover; null for none.</param>
    /// <param name="label">linux.mountLabel; null for none.</param>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public static SafeFileHandle Mount(MountSpec item, MountOptions options, SafeFileHandle? covered, string? label)
    {
        if (item.Type == "tmpfs")
            return MountTmpFs(item, options, covered, label);
        string source = item.Source ?? item.Type!;
        try
        {
            return FileSystemContext.Mount(item.Type!, source, options, context => Label(context, item.Type!, label));
        }
        catch (SyscallException refused) when (refused.Number == EINVAL && item.Type == "devpts" && HasTerminalGroup(item))
        {
            // Group 5, tty, is not mapped in this user namespace: the terminals then have their user's group.
            var without = MountOptions.Parse(item.Options!.Where(o => !o.StartsWith("gid=", StringComparison.Ordinal)));
            return FileSystemContext.Mount(item.Type, source, without, context => Label(context, item.Type, label));
        }
        catch (SyscallException refused) when (refused.Number == EPERM && HostDirectory(item.Type!) is { } host)
        {
            return BindHost(host, options, refused);
        }
    }

    // What belongs to a namespace that is not ours to mount (a user namespace with the host's network, PIDs or
    // messages) is there on the host already: its directory is bound instead, as crun and runc do.
    private static string? HostDirectory(string type) => type switch
    {
        "sysfs" => "/sys",
        "proc" => "/proc",
        "mqueue" => "/dev/mqueue",
        "cgroup2" => "/sys/fs/cgroup",
        _ => null,
    };

    private static SafeFileHandle BindHost(string host, MountOptions options, SyscallException refused)
    {
        try
        {
            SafeFileHandle tree = MountTree.Clone(host, recursive: true);
            try
            {
                // Of the host's tree nothing may become more than it was; recursively, because a part of /sys that
                // stayed writable would be the host's own.
                MountTree.SetAttributes(tree, new MountAttributeChange(options.Attributes.Set & ~MountAttributes.AccessTimeMask), recursive: true, host);
                return tree;
            }
            catch
            {
                tree.Dispose();
                throw;
            }
        }
        catch (SyscallException)
        {
            throw refused;
        }
    }

    private static SafeFileHandle MountTmpFs(MountSpec item, MountOptions options, SafeFileHandle? covered, string? label)
    {
        MountAttributes attributes = (options.Attributes.Set | options.RecursiveAttributes.Set) & ~MountAttributes.ReadOnly;
        using FileSystemContext context = FileSystemContext.Open("tmpfs");
        context.SetString("source", item.Source ?? "tmpfs");
        foreach (string flag in options.FileSystemFlags)
        {
            // Read-only it becomes at the end: what is below it has to be made first.
            if (flag != "ro")
                context.SetFlag(flag);
        }
        // The directory's own mode, not tmpfs' 1777: a tmpfs on /root must not become everybody's.
        if (covered is not null && !options.Data.Any(o => o.StartsWith("mode=", StringComparison.Ordinal)))
            context.SetString("mode", Convert.ToString((int)ModeOf(covered), 8));
        foreach (string option in options.Data)
            context.SetOption(option);
        Label(context, "tmpfs", label);
        context.Create();
        SafeFileHandle mount = context.Mount(attributes);
        try
        {
            if (options.CopiesUp && covered is not null)
                TreeCopy.Copy(covered, mount, item.Destination);
            return mount;
        }
        catch
        {
            mount.Dispose();
            throw;
        }
    }

    private static uint ModeOf(SafeFileHandle directory)
    {
        stat status;
        return fstat(Descriptor.Number(directory), &status) < 0
            ? throw SyscallException.FromLastError("fstat")
            : (uint)status.st_mode & 0b111_111_111_111;
    }

    // sysfs and procfs label their own files.
    private static void Label(FileSystemContext context, string type, string? label)
    {
        if (!string.IsNullOrEmpty(label) && type is not ("proc" or "sysfs" or "cgroup" or "cgroup2"))
            context.SetString("context", label);
    }

    private static bool HasTerminalGroup(MountSpec item) => item.Options?.Any(o => o.StartsWith("gid=", StringComparison.Ordinal)) == true;
}
