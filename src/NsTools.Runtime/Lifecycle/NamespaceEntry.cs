using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>The namespaces of a config, sorted into those to make and those to join, the latter opened.</summary>
internal sealed unsafe class NamespaceEntry : IDisposable
{
    // linux/nsfs.h: _IO(0xb7, 0x3), the CLONE_NEW… flag of a namespace descriptor.
    private const int GetNamespaceType = 0xb703;

    private NamespaceEntry()
    {
    }

    /// <summary><c>CLONE_NEW…</c> flags of those to make, without the time namespace, which is no matter of clone3.</summary>
    public int NewFlags { get; private set; }

    /// <summary>True when a time namespace is to be made.</summary>
    public bool NewTime { get; private set; }

    /// <summary>Those to join, apart from user and mount namespace, in order.</summary>
    public List<(string Type, string Path, SafeFileHandle Handle)> Joins { get; } = [];

    /// <summary>The user namespace to join; null for none.</summary>
    public SafeFileHandle? User { get; private set; }

    /// <summary>Path of <see cref="User"/>.</summary>
    public string? UserPath { get; private set; }

    /// <summary>True when a PID namespace is joined.</summary>
    public bool JoinsPid { get; private set; }

    /// <summary>True when a PID namespace is made.</summary>
    public bool NewPid => (NewFlags & CLONE_NEWPID) != 0;

    /// <summary>True when a user namespace is made.</summary>
    public bool NewUser => (NewFlags & CLONE_NEWUSER) != 0;

    /// <summary>True when a mount namespace is made.</summary>
    public bool NewMount => (NewFlags & CLONE_NEWNS) != 0;

    /// <summary>True when the process gets a namespace of a kind that is not the caller's.</summary>
    /// <param name="type">The specification's name of the kind.</param>
    public bool IsOwn(string type) => type switch
    {
        "user" => NewUser || User is not null,
        "time" => NewTime || Joins.Exists(j => j.Type == "time"),
        _ => (NewFlags & NamespaceKinds.Flag(type)) != 0 || Joins.Exists(j => j.Type == type),
    };

    /// <summary>Opens what is to be joined.</summary>
    /// <exception cref="SyscallException">A path cannot be opened.</exception>
    /// <exception cref="RuntimeSpecException">A path is no namespace, or one of another kind.</exception>
    public static NamespaceEntry From(RuntimeSpec spec)
    {
        var entry = new NamespaceEntry();
        IReadOnlyList<NamespaceSpec> namespaces = spec.Linux?.Namespaces ?? [];
        foreach (string type in NamespaceKinds.Names)
        {
            for (int i = 0; i < namespaces.Count; i++)
            {
                if (namespaces[i].Type == type)
                    entry.Add(namespaces[i], i);
            }
        }
        return entry;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        User?.Dispose();
        foreach ((_, _, SafeFileHandle handle) in Joins)
            handle.Dispose();
    }

    private void Add(NamespaceSpec item, int index)
    {
        int flag = NamespaceKinds.Flag(item.Type);
        if (item.Path is null)
        {
            if (flag == NamespaceKinds.CloneNewTime)
                NewTime = true;
            else
                NewFlags |= flag;
            return;
        }
        SafeFileHandle handle = Descriptor.Open(item.Path, O_RDONLY);
        int actual = ioctl(Descriptor.Number(handle), GetNamespaceType);
        if (actual != flag)
        {
            handle.Dispose();
            throw new RuntimeSpecException(
                string.Create(CultureInfo.InvariantCulture, $"$.linux.namespaces[{index}].path"),
                $"'{item.Path}' is not a {item.Type} namespace");
        }
        // setns(2) refuses to enter the user namespace that one is in, and an ordinary user's entering a namespace
        // that is the host's: there is nothing to do for either.
        if (IsCallers(handle, item.Type))
        {
            handle.Dispose();
        }
        else if (flag == CLONE_NEWUSER)
        {
            (User, UserPath) = (handle, item.Path);
        }
        else
        {
            Joins.Add((item.Type, item.Path, handle));
            JoinsPid |= flag == CLONE_NEWPID;
        }
    }

    private static bool IsCallers(SafeFileHandle handle, string type)
    {
        string name = type switch
        {
            "network" => "net",
            "mount" => "mnt",
            _ => type,
        };
        stat own, other;
        fixed (byte* path = PathBytes.Of($"/proc/self/ns/{name}"))
        {
            return stat(path, &own) == 0
                && fstat(Descriptor.Number(handle), &other) == 0
                && own.st_dev == other.st_dev && own.st_ino == other.st_ino;
        }
    }
}
