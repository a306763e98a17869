using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;
using Tmds.Linux;

namespace NsTools.Mounts;

/// <summary>
/// A mount namespace as someone in it sees it: its mounts, and work done with its paths. Where a process is meant, its
/// root directory is the root; where only a namespace is, the namespace's own.
/// </summary>
internal sealed class MountView : IDisposable
{
    private readonly SafeFileHandle _namespace;
    private readonly ProcDirectory? _process;
    private readonly string _name;
    private readonly bool _isOwn;

    private MountView(SafeFileHandle mountNamespace, ProcDirectory? process, string name, bool isOwn)
    {
        (_namespace, _process, _name, _isOwn) = (mountNamespace, process, name, isOwn);
        NamespaceId = NamespaceDescriptor.GetId(mountNamespace);
        // Of the host: the namespace may have no procfs.
        Procfs = Descriptor.Open("/proc", LibC.O_PATH | LibC.O_DIRECTORY);
    }

    /// <summary>Identity (nsfs inode) of the mount namespace.</summary>
    public long NamespaceId { get; }

    /// <summary>A descriptor of the caller's <c>/proc</c>.</summary>
    public SafeFileHandle Procfs { get; }

    /// <summary>Opens a view.</summary>
    /// <param name="reference">What names the namespace; null for the caller's own.</param>
    /// <exception cref="NsToolsException">It cannot be opened, see <see cref="NamespaceReference.Open(NamespaceType)"/>.</exception>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public static MountView Open(NamespaceReference? reference)
    {
        if (reference is null)
            return new MountView(Descriptor.Open("/proc/self/ns/mnt", LibC.O_RDONLY), null, "this process", isOwn: true);
        SafeFileHandle mountNamespace = reference.Open(NamespaceType.Mount);
        try
        {
            return new MountView(mountNamespace, OpenProcessIn(reference, mountNamespace), reference.DisplayName, isOwn: false);
        }
        catch
        {
            mountNamespace.Dispose();
            throw;
        }
    }

    /// <summary>The mounts that its root can reach, in the kernel's order.</summary>
    /// <exception cref="SyscallException">They cannot be read.</exception>
    /// <exception cref="NsToolsException">The process has ended meanwhile.</exception>
    public IReadOnlyList<MountPoint> Read()
    {
        if (_isOwn)
            return Describe(MountInfo.Read("/proc/self/mountinfo"));
        // A process's table needs no privilege but that of looking at the process; joining needs CAP_SYS_ADMIN.
        return _process is null
            ? Run(() => Describe(MountInfo.ReadOfThread(Procfs)))
            : Describe(ReadOfProcess(_process));
    }

    /// <summary>The mount of an ID. Only in <see cref="Run{T}"/>.</summary>
    /// <param name="id">ID of the mount.</param>
    /// <returns>Null when the root cannot reach it.</returns>
    public MountPoint? Find(int id) =>
        MountInfo.ReadOfThread(Procfs).FirstOrDefault(entry => entry.Id == id) is { } entry
            ? MountPointFactory.From(entry, NamespaceId)
            : null;

    /// <summary>All mounts, for work that is inside already. Only in <see cref="Run{T}"/>.</summary>
    public IReadOnlyList<MountPoint> ReadInside() => Describe(MountInfo.ReadOfThread(Procfs));

    /// <summary>Runs work on a thread of its own whose mount namespace and root are the view's.</summary>
    /// <param name="work">The work, as <see cref="NamespaceThread"/> wants it.</param>
    /// <exception cref="SyscallException">The namespace cannot be joined.</exception>
    public T Run<T>(Func<T> work)
    {
        if (_isOwn)
            return NamespaceThread.Run([], work);
        using SafeFileHandle? root = OpenRoot();
        return NamespaceThread.Run([_namespace], () =>
        {
            if (root is not null)
                ThreadRoot.Enter(root, $"the root of {_name}");
            return work();
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _namespace.Dispose();
        _process?.Dispose();
        Procfs.Dispose();
    }

    // Between the namespace's opening and now the process may have ended or moved: then only the namespace counts.
    private static ProcDirectory? OpenProcessIn(NamespaceReference reference, SafeFileHandle mountNamespace)
    {
        ProcDirectory? process = reference.OpenProcess();
        if (process is null)
            return null;
        using SafeFileHandle? its = process.TryOpenFile("ns/mnt\0"u8, LibC.O_RDONLY, out _);
        if (its is not null && NamespaceDescriptor.GetId(its) == NamespaceDescriptor.GetId(mountNamespace))
            return process;
        process.Dispose();
        return null;
    }

    private SafeFileHandle? OpenRoot()
    {
        if (_process is null)
            return null;
        return _process.TryOpenFile("root\0"u8, LibC.O_PATH | LibC.O_DIRECTORY, out int errno)
            ?? throw new SyscallException("open", errno, $"/proc/{_process.ProcessId}/root");
    }

    private static IReadOnlyList<MountInfoEntry> ReadOfProcess(ProcDirectory process)
    {
        string path = $"/proc/{process.ProcessId}/mountinfo";
        using SafeFileHandle? file = process.TryOpenFile("mountinfo\0"u8, LibC.O_RDONLY, out int errno);
        try
        {
            return file is null ? throw new SyscallException("open", errno, path) : MountInfo.Read(file, path);
        }
        catch (SyscallException failure) when (failure.Name is "ESRCH" or "ENOENT" or "EINVAL")
        {
            throw new NsToolsException(
                FailureKind.InvalidState,
                "ProcessEnded",
                $"Process {process.ProcessId} has ended, and its view of mounts with it.",
                "Name a process that still runs, or a namespace set.",
                failure);
        }
    }

    private List<MountPoint> Describe(IReadOnlyList<MountInfoEntry> entries) =>
        [.. entries.Select(entry => MountPointFactory.From(entry, NamespaceId))];
}
