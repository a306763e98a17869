using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Mounts;

/// <summary>Who keeps a mount busy, as <c>fuser -m</c> tells it.</summary>
internal static class MountUsers
{
    // More do not help whoever reads the message.
    private const int Most = 5;

    /// <summary>The processes that have a root, a working directory, a program or an open file on a mount.</summary>
    /// <param name="mountId">ID of the mount.</param>
    /// <returns>Such as <c>process 123 (sleep 1000)</c>; at most five, and only those that the caller may look at.</returns>
    public static IReadOnlyList<string> Find(int mountId)
    {
        List<string> users = [];
        foreach (int processId in ProcDirectory.EnumerateProcesses())
        {
            using ProcDirectory? process = ProcDirectory.TryOpen(processId, out _);
            if (process is null || !Uses(process, mountId))
                continue;
            users.Add(string.Create(CultureInfo.InvariantCulture, $"process {processId} ({process.ReadCommand()})"));
            if (users.Count == Most)
                break;
        }
        return users;
    }

    private static bool Uses(ProcDirectory process, int mountId)
    {
        if (IsOn(process, "cwd\0"u8, mountId) || IsOn(process, "root\0"u8, mountId) || IsOn(process, "exe\0"u8, mountId))
            return true;
        List<int> descriptors = [];
        process.ReadDescriptors(descriptors);
        byte[] buffer = new byte[512];
        byte[] wanted = [.. "mnt_id:\t"u8, .. System.Text.Encoding.ASCII.GetBytes(mountId.ToString(CultureInfo.InvariantCulture)), (byte)'\n'];
        // By fdinfo: an open file may be one that cannot be opened again (a socket, a deleted file).
        return descriptors.Any(descriptor => process.ReadFile(PathBytes.Of($"fdinfo/{descriptor}"), ref buffer).IndexOf(wanted) >= 0);
    }

    private static bool IsOn(ProcDirectory process, ReadOnlySpan<byte> link, int mountId)
    {
        using SafeFileHandle? handle = process.TryOpenFile(link, LibC.O_PATH, out _);
        return handle is not null && MountIdentity.Of(handle).Id == mountId;
    }
}
