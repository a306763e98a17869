using NsTools.Interop.Processes;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>What the outer stage of <c>nsrun</c> leaves to the inner one: descriptor numbers and flags.</summary>
internal static unsafe class StageProtocol
{
    /// <summary>The config.</summary>
    public const int ConfigDescriptor = 3;

    /// <summary>Write end of the pipe to the outer stage: a failure is written, success closes it (by execve).</summary>
    public const int ReportDescriptor = 4;

    /// <summary>Socket over which the pseudo-terminal's master goes to the outer stage; terminal mode only.</summary>
    public const int TerminalDescriptor = 5;

    /// <summary>The root directory to chroot(2) to, opened by the caller's eyes; without a new mount namespace only.</summary>
    public const int RootDescriptor = 6;

    /// <summary>The mount namespace to join, where the outer stage could not.</summary>
    public const int MountNamespaceDescriptor = 7;

    public const string RootFlag = "root";
    public const string JoinMountFlag = "join-mount";

    public static StageFlags ParseFlags(ReadOnlySpan<string> flags)
    {
        var result = StageFlags.None;
        foreach (string flag in flags)
        {
            result |= flag switch
            {
                RootFlag => StageFlags.Root,
                JoinMountFlag => StageFlags.JoinMount,
                _ => StageFlags.None,
            };
        }
        return result;
    }

    /// <summary>The descriptors that a stage without a terminal was given.</summary>
    public static IEnumerable<int> Descriptors(StageFlags flags)
    {
        yield return ConfigDescriptor;
        yield return ReportDescriptor;
        if ((flags & StageFlags.Root) != 0)
            yield return RootDescriptor;
        if ((flags & StageFlags.JoinMount) != 0)
            yield return MountNamespaceDescriptor;
    }

    /// <summary>Says that all is set up. The pipe's end alone would also be that of a stage that was killed.</summary>
    public static void ReportReady()
    {
        var report = new ChildReport { Tag = ChildReport.Mark, Step = (byte)ChildStep.Ready };
        Write(new ReadOnlySpan<byte>(&report, sizeof(ChildReport)));
    }

    public static void Report(LaunchReport report) => Write(report.Encode());

    private static void Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            while (write(ReportDescriptor, data, bytes.Length) < 0 && errno == EINTR)
            {
            }
        }
    }
}

/// <summary>What the inner stage still has to do about roots and mounts.</summary>
[Flags]
internal enum StageFlags
{
    None = 0,

    /// <summary><see cref="StageProtocol.RootDescriptor"/> is there to change the root to.</summary>
    Root = 1,

    /// <summary><see cref="StageProtocol.MountNamespaceDescriptor"/> is there to join.</summary>
    JoinMount = 2,
}
