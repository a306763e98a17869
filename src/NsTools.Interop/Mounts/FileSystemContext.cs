using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Mounts;

/// <summary>
/// A file system instance being configured (<c>fsopen(2)</c>, <c>fsconfig(2)</c>, <c>fsmount(2)</c>). When a step fails,
/// <see cref="SyscallException.Detail"/> has what the file system logged: which option it did not like, and why.
/// </summary>
public sealed class FileSystemContext : IDisposable
{
    // enum fsconfig_command, FSOPEN_CLOEXEC and FSMOUNT_CLOEXEC of linux/mount.h.
    private const uint SetFlagCommand = 0;
    private const uint SetStringCommand = 1;
    private const uint SetDescriptorCommand = 5;
    private const uint CreateCommand = 6;
    private const uint CloseOnExec = 1;

    private readonly SafeFileHandle _context;
    private readonly string _type;

    private FileSystemContext(SafeFileHandle context, string type) => (_context, _type) = (context, type);

    /// <summary>Longest value of a string option, in UTF-8 bytes: the kernel refuses more with <c>EINVAL</c>.</summary>
    public const int MaximumValueLength = 255;

    /// <summary>Opens a context for a file system type.</summary>
    /// <param name="type">The type, a name in <c>/proc/filesystems</c>.</param>
    /// <exception cref="SyscallException">The call failed: <c>ENODEV</c> for an unknown type.</exception>
    public static unsafe FileSystemContext Open(string type)
    {
        fixed (byte* bytes = PathBytes.Of(type))
        {
            int descriptor = (int)syscall(SyscallNumber.FsOpen, bytes, CloseOnExec);
            return descriptor < 0
                ? throw SyscallException.FromLastError("fsopen", type)
                : new FileSystemContext(new SafeFileHandle(descriptor, ownsHandle: true), type);
        }
    }

    /// <summary>
    /// A new instance configured and mounted, attached nowhere: what <c>mount -t type -o options source</c> would attach.
    /// </summary>
    /// <param name="type">The type.</param>
    /// <param name="source">The device or name; null for none.</param>
    /// <param name="options">Options of mount and file system; those that make a bind mount are not looked at.</param>
    /// <param name="configure">What is to be set besides; null for nothing.</param>
    /// <exception cref="SyscallException">A step failed; nothing is left.</exception>
    public static SafeFileHandle Mount(string type, string? source, MountOptions options, Action<FileSystemContext>? configure = null)
    {
        using FileSystemContext context = Open(type);
        if (source is not null)
            context.SetString("source", source);
        foreach (string flag in options.FileSystemFlags)
            context.SetFlag(flag);
        foreach (string option in options.Data)
            context.SetOption(option);
        configure?.Invoke(context);
        context.Create();
        // The new mount has none below it: the recursive options mean it alone.
        return context.Mount(options.Attributes.Set | options.RecursiveAttributes.Set);
    }

    /// <summary>Sets an option as <c>mount(8)</c> writes it: <c>name</c> or <c>name=value</c>.</summary>
    /// <param name="option">The option.</param>
    /// <exception cref="SyscallException">The file system refused it.</exception>
    public void SetOption(string option)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            SetFlag(option);
        else if (_type == "overlay" && Encoding.UTF8.GetByteCount(option) - equals - 1 > MaximumValueLength)
            SetOverlayDirectories(option[..equals], option[(equals + 1)..]);
        else
            SetString(option[..equals], option[(equals + 1)..]);
    }

    /// <summary>Sets an option that has no value.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="SyscallException">The file system refused it.</exception>
    public void SetFlag(string name) => Configure(SetFlagCommand, name, null, 0, name);

    /// <summary>Sets an option that has a value.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value, at most <see cref="MaximumValueLength"/> bytes.</param>
    /// <exception cref="SyscallException">The file system refused it.</exception>
    public void SetString(string name, string value)
    {
        if (Encoding.UTF8.GetByteCount(value) > MaximumValueLength)
            throw new SyscallException("fsconfig", EINVAL, _type, $"the value of '{name}' is longer than {MaximumValueLength} bytes");
        Configure(SetStringCommand, name, value, 0, $"{name}={value}");
    }

    /// <summary>Sets an option whose value is an open file (<c>FSCONFIG_SET_FD</c>).</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">The file.</param>
    /// <exception cref="SyscallException">The file system refused it.</exception>
    public void SetDescriptor(string name, SafeFileHandle value) =>
        Configure(SetDescriptorCommand, name, null, Descriptor.Number(value), name);

    /// <summary>Makes the instance, or finds the existing one that the configuration means.</summary>
    /// <exception cref="SyscallException">The file system refused the configuration.</exception>
    public void Create() => Configure(CreateCommand, null, null, 0, null);

    /// <summary>A detached mount of the instance that <see cref="Create"/> made.</summary>
    /// <param name="attributes">Attributes of the mount.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public SafeFileHandle Mount(MountAttributes attributes)
    {
        int descriptor = (int)syscall(SyscallNumber.FsMount, Descriptor.Number(_context), CloseOnExec, (uint)attributes);
        return descriptor < 0 ? throw Failure("fsmount", errno, null) : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

    // Values are limited to 255 bytes, which a list of layers soon exceeds: overlayfs then takes its layers one by one
    // ("lowerdir+", Linux 6.8), and each directory as a descriptor (Linux 6.13), so that no length matters. Neither
    // form knows escapes: they are undone here.
    private void SetOverlayDirectories(string name, string value)
    {
        if (name is not ("lowerdir" or "upperdir" or "workdir"))
        {
            SetString(name, value);
            return;
        }
        bool layers = name == "lowerdir";
        foreach (string path in SplitPaths(value, layers ? ':' : '\0'))
        {
            using SafeFileHandle directory = Descriptor.Open(path, O_PATH | O_DIRECTORY);
            SetDescriptor(layers ? "lowerdir+" : name, directory);
        }
    }

    // Layers are separated by colons; "\:" is a colon inside a name (Documentation/filesystems/overlayfs.rst).
    private static List<string> SplitPaths(string value, char separator)
    {
        List<string> paths = [];
        StringBuilder path = new();
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length)
            {
                path.Append(value[++i]);
            }
            else if (value[i] == separator)
            {
                paths.Add(path.ToString());
                path.Clear();
            }
            else
            {
                path.Append(value[i]);
            }
        }
        paths.Add(path.ToString());
        return paths;
    }

    private unsafe void Configure(uint command, string? key, string? value, int auxiliary, string? step)
    {
        fixed (byte* keyBytes = key is null ? null : PathBytes.Of(key))
        fixed (byte* valueBytes = value is null ? null : PathBytes.Of(value))
        {
            if ((int)syscall(SyscallNumber.FsConfig, Descriptor.Number(_context), command, keyBytes, valueBytes, auxiliary) < 0)
                throw Failure("fsconfig", errno, step);
        }
    }

    private SyscallException Failure(string syscall, int number, string? step)
    {
        string log = ReadLog();
        string? detail = (step, log) switch
        {
            (null, "") => null,
            (null, _) => log,
            (_, "") => $"option '{step}'",
            _ => $"option '{step}': {log}",
        };
        return new SyscallException(syscall, number, _type, detail);
    }

    // Each read(2) gives one message, "e overlay: No changes allowed in reconfigure": e, w or i for its severity.
    // ENODATA ends them (the mount API's documentation, "Userspace log").
    private unsafe string ReadLog()
    {
        StringBuilder log = new();
        byte* buffer = stackalloc byte[1024];
        while (true)
        {
            long length = read(Descriptor.Number(_context), buffer, 1024);
            if (length <= 0)
                return log.ToString();
            string message = Encoding.UTF8.GetString(buffer, (int)length).Trim();
            if (message.Length > 2 && message[1] == ' ')
                message = message[2..];
            log.Append(log.Length == 0 ? "" : "; ").Append(message);
        }
    }
}
