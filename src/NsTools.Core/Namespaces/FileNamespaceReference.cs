using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Namespaces;

/// <summary>One namespace, by a path that opens it.</summary>
internal sealed class FileNamespaceReference : NamespaceReference
{
    private readonly string? _path;
    private readonly LinuxNamespace? _expected;

    /// <summary>Whatever namespace the file is.</summary>
    public FileNamespaceReference(string path)
        : base(path) => _path = path;

    /// <summary>This namespace, and none that has taken its path since.</summary>
    public FileNamespaceReference(LinuxNamespace expected)
        : base(expected.ToString())
    {
        _path = expected.Path;
        _expected = expected;
    }

    /// <inheritdoc/>
    public override string Text => _path ?? DisplayName;

    /// <inheritdoc/>
    public override IReadOnlyList<NamespaceType> GetTypes()
    {
        if (_expected is not null)
            return [_expected.Type];
        using SafeFileHandle descriptor = OpenFile(out NamespaceType type);
        return [type];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<SafeFileHandle> Open(IReadOnlyList<NamespaceType> types) =>
        DescriptorList.Open(types, OpenOne);

    /// <inheritdoc/>
    internal override ProcDirectory? OpenProcess()
    {
        if (_expected?.ProcessId is not { } processId || ProcDirectory.TryOpen(processId, out _) is not { } process)
            return null;
        using SafeFileHandle? descriptor = process.TryOpenFile(ProcessNamespaces.LinkName(_expected.Type), LibC.O_RDONLY, out _);
        if (descriptor is not null && NamespaceDescriptor.GetId(descriptor) == _expected.Id)
            return process;
        // The ID is another process's by now.
        process.Dispose();
        return null;
    }

    private SafeFileHandle OpenOne(NamespaceType wanted)
    {
        if (_expected is not null && _expected.Type != wanted)
            throw Mismatch(DisplayName, _expected.Type, wanted);
        SafeFileHandle descriptor = OpenFile(out NamespaceType present);
        if (present == wanted)
            return descriptor;
        descriptor.Dispose();
        throw Mismatch(DisplayName, present, wanted);
    }

    private SafeFileHandle OpenFile(out NamespaceType type)
    {
        if (_path is null)
        {
            throw new NsToolsException(
                FailureKind.InvalidState,
                "NamespaceWithoutPath",
                $"No path opens {DisplayName}: no process is in it and nothing is mounted on it.",
                "Name a process in one of its child namespaces instead.");
        }
        SafeFileHandle descriptor = Find(_path);
        try
        {
            if (_expected is not null && NamespaceDescriptor.GetId(descriptor) != _expected.Id)
                throw Gone();
            type = NamespaceTypeNames.FromCloneFlag(NamespaceDescriptor.GetCloneFlag(descriptor)) ?? throw NotANamespace();
            return descriptor;
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    private SafeFileHandle Find(string path)
    {
        try
        {
            return NamespaceDescriptor.Open(path) ?? throw (_expected is null ? NotANamespace() : Gone());
        }
        catch (SyscallException failure) when (failure.Name is "ENOENT" or "ESRCH" or "ENOTDIR")
        {
            throw _expected is not null ? Gone() : new NsToolsException(
                FailureKind.NotFound,
                "NamespaceNotFound",
                $"There is no namespace at '{path}'.",
                "Get-Namespace shows the paths of those that there are.",
                failure);
        }
    }

    private NsToolsException Gone() => new(
        FailureKind.InvalidState,
        "NamespaceGone",
        $"{DisplayName} is no longer at '{_path}': the process or mount that held it has gone.",
        "Look again with Get-Namespace.");

    private NsToolsException NotANamespace() => new(
        FailureKind.InvalidArgument,
        "NotANamespace",
        $"'{_path}' is not a namespace: it is no file of nsfs.",
        "Give a path such as /proc/PID/ns/net or /run/netns/NAME.");
}
