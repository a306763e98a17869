using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Mounts;

/// <summary>
/// Makes a path inside a root. openat2(2) cannot make directories, and says of a dangling symbolic link (a root file
/// system's <c>/etc/resolv.conf</c> often is one) only that nothing is there. So this walks one component at a time,
/// each opened with <c>O_NOFOLLOW</c> beneath the descriptor of the directory before it; links are read and walked as
/// text, and <c>..</c> goes back to a directory that the walk came through. The kernel never follows anything here, so
/// there is nothing that a rename or a new link could redirect.
/// </summary>
internal static class PathCreation
{
    // What the kernel allows (path_resolution(7)).
    private const int MaximumLinks = 40;

    private const int DirectoryMode = 0b111_101_101;
    private const int FileMode = 0b110_100_100;

    // How often a component may vanish between "is there" and "open it" before that is given up.
    private const int MaximumRaces = 128;

    public static MountTarget Create(SafeFileHandle root, string path, bool isDirectory)
    {
        Walk walk = new(root, path, isDirectory);
        try
        {
            return walk.Run();
        }
        catch
        {
            MountTarget.Remove(walk.Created);
            throw;
        }
        finally
        {
            walk.Close();
        }
    }

    private sealed class Walk(SafeFileHandle root, string path, bool isDirectory)
    {
        private readonly LinkedList<string> _ahead = new(path.Split('/', StringSplitOptions.RemoveEmptyEntries));
        private readonly List<SafeFileHandle> _directories = [];
        private int _links;
        private int _races;

        public List<(SafeFileHandle Parent, string Name, bool IsDirectory)> Created { get; } = [];

        private SafeFileHandle Current => _directories.Count == 0 ? root : _directories[^1];

        public MountTarget Run()
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
                    return new MountTarget(file, Created);
            }
            // Reopened, not lent: the walk closes its own.
            return new MountTarget(Descriptor.OpenAt(Current, ".", O_PATH), Created);
        }

        public void Close()
        {
            foreach (SafeFileHandle directory in _directories)
                directory.Dispose();
        }

        // ".." of the root is the root, as after chroot(2).
        private void GoBack()
        {
            if (_directories.Count == 0)
                return;
            Current.Dispose();
            _directories.RemoveAt(_directories.Count - 1);
        }

        // Opens or makes one component. Returns the file when it is the last one and no directory.
        private SafeFileHandle? Step(string name)
        {
            SafeFileHandle entry = OpenOrMake(name);
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
                    _directories.Add(entry);
                    entry = null!;
                    return null;
                }
                if (_ahead.Count > 0)
                    throw new SyscallException("mkdirat", ENOTDIR, path, $"'{name}' on the way to it is no directory");
                SafeFileHandle file = entry;
                entry = null!;
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
                throw new SyscallException("openat", ELOOP, path);
            string target = Descriptor.ReadLink(link);
            if (target.StartsWith('/'))
            {
                while (_directories.Count > 0)
                    GoBack();
            }
            string[] components = target.Split('/', StringSplitOptions.RemoveEmptyEntries);
            for (int i = components.Length - 1; i >= 0; i--)
                _ahead.AddFirst(components[i]);
        }

        private SafeFileHandle OpenOrMake(string name)
        {
            while (true)
            {
                try
                {
                    return Descriptor.OpenAt(Current, name, O_PATH | O_NOFOLLOW);
                }
                catch (SyscallException missing) when (missing.Number == ENOENT && _races++ < MaximumRaces)
                {
                    Make(name);
                }
                catch (SyscallException failure)
                {
                    throw new SyscallException("openat", failure.Number, path, $"at '{name}'");
                }
            }
        }

        private unsafe void Make(string name)
        {
            // A last component that a trailing "." or ".." follows is a directory whatever is asked for.
            bool directory = isDirectory || _ahead.Count > 0;
            fixed (byte* bytes = PathBytes.Of(name))
            {
                // Opened first: what is made must be on the list of what to remove.
                SafeFileHandle parent = Descriptor.OpenAt(Current, ".", O_PATH);
                int result = directory
                    ? mkdirat(Descriptor.Number(parent), bytes, DirectoryMode)
                    : FileNode.Make(Descriptor.Number(parent), bytes, (uint)S_IFREG | FileMode, 0);
                if (result == 0)
                {
                    Created.Add((parent, name, directory));
                    return;
                }
                int number = errno;
                parent.Dispose();
                if (number != EEXIST)
                    throw new SyscallException(directory ? "mkdirat" : "mknodat", number, path, $"at '{name}'");
            }
        }
    }
}
