using NsTools.Interop.Mounts;
using Tmds.Linux;

namespace NsTools.Tests.Harness;

/// <summary>A new directory that is unmounted beneath and deleted at the end, also after a failure.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory() => Path = Directory.CreateTempSubdirectory("nstools-").FullName;

    public string Path { get; }

    /// <summary>A path below it.</summary>
    public string this[string relative] => System.IO.Path.Combine(Path, relative);

    public void Dispose()
    {
        // Unmount first, deepest first: a recursive delete would walk into what is mounted.
        foreach (MountInfoEntry mount in MountInfo.Read("/proc/self/mountinfo").Reverse())
        {
            if (mount.Target.StartsWith(Path + "/", StringComparison.Ordinal))
                ClassicMount.Unmount(mount.Target, LibC.MNT_DETACH | LibC.UMOUNT_NOFOLLOW);
        }
        Directory.Delete(Path, recursive: true);
    }
}
