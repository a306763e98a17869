using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Mounts;

/// <summary>What <see cref="PathWalk"/> does about a component that is missing.</summary>
internal enum MissingPath
{
    /// <summary>Fails with <c>ENOENT</c>.</summary>
    Fail,

    /// <summary>Makes it and all before it directories.</summary>
    MakeDirectory,

    /// <summary>Makes it an empty file, and all before it directories.</summary>
    MakeFile,
}

/// <summary>
/// Walks a path inside a root and makes what is missing of it. openat2(2) cannot make directories, says of a dangling
/// symbolic link (a root file system's <c>/etc/resolv.conf</c> often is one) only that nothing is there, and does not
/// tell the directory that the last component is in, which umount2(2) needs. So this goes one component at a time, each
/// opened with <c>O_NOFOLLOW</c> beneath the descriptor of the directory before it; links are read and walked as text,
/// and <c>..</c> goes back to a directory that the walk came through. The kernel never follows anything here, so there
/// is nothing that a rename or a new link could redirect.
/// </summary>
internal sealed class PathWalk
{
    // What the kernel allows (path_resolution(7)).
    private const int MaximumLinks = 40;

    // rwxr-xr-x and rw-r--r--, less the umask.
    public const int DirectoryMode = 0b111_101_101;
    public const int FileMode = 0b110_100_100;

    // How often a component may vanish between "is there" and "open it" before that is given up.
    private const int MaximumRaces = 128;

    private readonly SafeFileHandle _root;
    private readonly string _path;
    private readonly MissingPath _missing;
    private readonly LinkedList<string> _ahead;
    private readonly List<(SafeFileHandle Handle, string Name)> _directories = [];
    private readonly List<(SafeFileHandle Parent, string Name, bool IsDirectory)> _created = [];
    private int _links;
    private int _races;

    private PathWalk(SafeFileHandle root, string path, MissingPath missing)
    {
        (_root, _path, _missing) = (root, path, missing);
        _ahead = new(Components(path));
    }

    private SafeFileHandle Current => _directories.Count == 0 ? _root : _directories[^1].Handle;

    public static MountTarget Run(SafeFileHandle root, string path, MissingPath missing)
    {
        PathWalk walk = new(root, path, missing);
        try
        {
            return walk.Run();
        }
        catch
        {
            MountTarget.Remove(walk._created);
            walk._created.ForEach(created => created.Parent.Dispose());
            throw;
        }
        finally
        {
            walk._directories.ForEach(directory => directory.Handle.Dispose());
        }
    }

    private static string[] Components(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    // Descriptors that outlive the walk, which closes its own.
    private static SafeFileHandle Reopen(SafeFileHandle directory) => Descriptor.OpenAt(directory, ".", O_PATH);

    private MountTarget Run()
    {
        while (_ahead.First is { } first)
        {
            string name = first.Value;
            _ahead.RemoveFirst();
            if (name == ".")
                continue;
            if (name == "..")
                GoBack();
            else if (Step(name) is { } file)
                return new MountTarget(file, Reopen(Current), name, _created);
        }
        if (_directories.Count == 0)
            return new MountTarget(Reopen(_root), null, "/", _created);
        SafeFileHandle parent = _directories.Count == 1 ? _root : _directories[^2].Handle;
        return new MountTarget(Reopen(Current), Reopen(parent), _directories[^1].Name, _created);
    }

    // ".." of the root is the root, as after chroot(2).
    private void GoBack()
    {
        if (_directories.Count == 0)
            return;
        Current.Dispose();
        _directories.RemoveAt(_directories.Count - 1);
    }

    // Opens or makes one component. Returns it when it is the last one and no directory.
    private SafeFileHandle? Step(string name)
    {
        SafeFileHandle? entry = OpenOrMake(name);
        try
        {
            int type = Descriptor.FileType(entry);
            if (type == (int)S_IFLNK)
            {
                FollowAsText(entry);
                return null;
            }
            if (type == (int)S_IFDIR)
            {
                _directories.Add((entry, name));
                entry = null;
                return null;
            }
            if (_ahead.Count > 0)
                throw new SyscallException("openat", ENOTDIR, _path, $"'{name}' on the way to it is no directory");
            SafeFileHandle file = entry;
            entry = null;
            return file;
        }
        finally
        {
            entry?.Dispose();
        }
    }

    private void FollowAsText(SafeFileHandle link)
    {
        if (++_links > MaximumLinks)
            throw new SyscallException("openat", ELOOP, _path);
        string target = Descriptor.ReadLink(link);
        if (target.StartsWith('/'))
        {
            while (_directories.Count > 0)
                GoBack();
        }
        foreach (string component in Components(target).Reverse())
            _ahead.AddFirst(component);
    }

    private SafeFileHandle OpenOrMake(string name)
    {
        while (true)
        {
            try
            {
                return Descriptor.OpenAt(Current, name, O_PATH | O_NOFOLLOW);
            }
            catch (SyscallException missing) when (missing.Number == ENOENT && _missing != MissingPath.Fail && _races++ < MaximumRaces)
            {
                Make(name);
            }
            catch (SyscallException failure)
            {
                throw new SyscallException("openat", failure.Number, _path, _ahead.Count > 0 ? $"at '{name}'" : null);
            }
        }
    }

    private unsafe void Make(string name)
    {
        // What something still follows is a directory whatever is asked for.
        bool directory = _missing == MissingPath.MakeDirectory || _ahead.Count > 0;
        // Opened first: what is made must be on the list of what to remove.
        SafeFileHandle parent = Reopen(Current);
        fixed (byte* bytes = PathBytes.Of(name))
        {
            int result = directory
                ? mkdirat(Descriptor.Number(parent), bytes, DirectoryMode)
                : FileNode.Make(Descriptor.Number(parent), bytes, (uint)S_IFREG | FileMode, 0);
            if (result == 0)
            {
                _created.Add((parent, name, directory));
                return;
            }
        }
        int number = errno;
        parent.Dispose();
        if (number != EEXIST)
            throw new SyscallException(directory ? "mkdirat" : "mknodat", number, _path, $"at '{name}'");
    }
}
