using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Containers;

/// <summary>A device of the host that a container may use, or a directory of them.</summary>
/// <param name="Source">Its path on the host.</param>
/// <param name="Destination">Its path inside.</param>
/// <param name="Access">What it may do with it: some of <c>r</c>, <c>w</c> and <c>m</c> (<c>mknod</c>).</param>
public sealed record ContainerDevice(string Source, string Destination, string Access)
{
    /// <summary>Reads <c>SOURCE[:DESTINATION][:ACCESS]</c>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="NsToolsException">It is not of that form (<c>InvalidDevice</c>).</exception>
    public static ContainerDevice Parse(string text)
    {
        string[] parts = text.Split(':');
        bool hasAccess = parts.Length > 1 && parts[^1].Length > 0 && parts[^1].All("rwm".Contains);
        string[] paths = hasAccess ? parts[..^1] : parts;
        return paths.Length is 1 or 2 && paths.All(path => path.StartsWith('/'))
            ? new ContainerDevice(paths[0], paths[^1], hasAccess ? parts[^1] : "rwm")
            : throw new NsToolsException(
                FailureKind.InvalidArgument, "InvalidDevice", $"'{text}' is no device.", "Give its path, such as /dev/fuse, with :PATH for another one inside, and :r, :rw or :rwm for what may be done.");
    }

    /// <summary>The nodes to be made.</summary>
    /// <exception cref="NsToolsException">There is no device (<c>DeviceNotFound</c>).</exception>
    internal IEnumerable<DeviceSpec> Read() => Nodes().Select(node => new DeviceSpec
    {
        Path = node.Path,
        Type = TypeOf(node.Status),
        Major = node.Status.DeviceMajor,
        Minor = node.Status.DeviceMinor,
        FileMode = node.Status.Mode,
        Uid = node.Status.UserId,
        Gid = node.Status.GroupId,
    });

    /// <summary>What the cgroup lets through for them.</summary>
    internal IEnumerable<DeviceRuleSpec> Rules() => Nodes().Select(node => new DeviceRuleSpec
    {
        Allow = true,
        Type = TypeOf(node.Status),
        Major = node.Status.DeviceMajor,
        Minor = node.Status.DeviceMinor,
        Access = Access,
    });

    /// <inheritdoc/>
    public override string ToString() => $"{Source}:{Destination}:{Access}";

    private List<(string Path, FileStatus Status)> Nodes()
    {
        List<(string Path, FileStatus Status)> nodes = [];
        if (Directory.Exists(Source))
            nodes.AddRange(Directory.EnumerateFiles(Source).Order(StringComparer.Ordinal).Select(path => (Path.Join(Destination, Path.GetFileName(path)), StatusOf(path))).Where(node => IsDevice(node.Item2)));
        else if (StatusOf(Source) is var status && IsDevice(status))
            nodes.Add((Destination, status));
        return nodes.Count > 0
            ? nodes
            : throw new NsToolsException(FailureKind.NotFound, "DeviceNotFound", $"'{Source}' is no device of this host.", "ls -l /dev shows those that there are.");
    }

    private static FileStatus StatusOf(string path)
    {
        try
        {
            using SafeFileHandle node = Descriptor.Open(path, LibC.O_PATH);
            return FileStatus.Of(node);
        }
        catch (SyscallException failure) when (failure.Name == "ENOENT")
        {
            return default;
        }
    }

    private static bool IsDevice(in FileStatus status) => status.Type == (uint)LibC.S_IFCHR || status.Type == (uint)LibC.S_IFBLK;

    private static string TypeOf(in FileStatus status) => status.Type == (uint)LibC.S_IFBLK ? "b" : "c";
}
