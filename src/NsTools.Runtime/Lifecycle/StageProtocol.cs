using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// What the outer stage of <c>nsrun</c> leaves to the inner one: descriptor numbers, and what is said on the report
/// socket. The numbers follow those that the program itself inherits.
/// </summary>
internal static unsafe class StageProtocol
{
    /// <summary>How many descriptors after standard error are the program's (<c>--preserve-fds</c>, <c>LISTEN_FDS</c>).</summary>
    public static int Preserved { get; set; }

    /// <summary>The first descriptor that is not the program's.</summary>
    public static int FirstDescriptor => STDERR_FILENO + 1 + Preserved;

    /// <summary>The config.</summary>
    public static int ConfigDescriptor => FirstDescriptor;

    /// <summary>Socket to the outer stage, or to <c>nsrun start</c>: a failure is written, success closes it (by execve).</summary>
    public static int ReportDescriptor => FirstDescriptor + 1;

    /// <summary>Socket over which the pseudo-terminal's master goes out; terminal mode only.</summary>
    public static int TerminalDescriptor => FirstDescriptor + 2;

    /// <summary>The root directory to chroot(2) to, opened by the caller's eyes; without a new mount namespace only.</summary>
    public static int RootDescriptor => FirstDescriptor + 3;

    /// <summary>The mount namespace to join, where the outer stage could not.</summary>
    public static int MountNamespaceDescriptor => FirstDescriptor + 4;

    /// <summary>Socket that listens for <c>nsrun start</c>.</summary>
    public static int StartDescriptor => FirstDescriptor + 5;

    /// <summary>Pipe from which the compiled system call filter is read; with <c>linux.seccomp</c> only.</summary>
    public static int FilterDescriptor => FirstDescriptor + 6;

    /// <summary>Memory shared with the outer stage (<see cref="ListenerPage"/>); with <c>SCMP_ACT_NOTIFY</c> only.</summary>
    public static int ListenerDescriptor => FirstDescriptor + 7;

    /// <summary>The first of the sources of bind mounts (<see cref="StageOptions.Trees"/>).</summary>
    public static int FirstTreeDescriptor => FirstDescriptor + 8;

    /// <summary>The descriptors that a stage without a terminal was given.</summary>
    public static IEnumerable<int> Descriptors(StageOptions options)
    {
        yield return ConfigDescriptor;
        yield return ReportDescriptor;
        if (options.ChangesRoot)
            yield return RootDescriptor;
        if (options.JoinsMount)
            yield return MountNamespaceDescriptor;
    }

    /// <summary>Says that all is set up. The socket's end alone would also be that of a stage that was killed.</summary>
    /// <returns>False when nobody listens any more.</returns>
    public static bool ReportReady() => Report(ChildStep.Ready);

    /// <summary>Has the outer stage look at the <see cref="ListenerPage"/>.</summary>
    public static void ReportListener() => Report(ChildStep.Listener);

    /// <summary>Has the outer stage run the hooks of the runtime's namespaces, and waits for that.</summary>
    /// <returns>The container's state as JSON for the hooks that run here: while it is created, and when it is started.</returns>
    public static (byte[] Creating, byte[] Created) RunRuntimeHooks()
    {
        Report(ChildStep.RuntimeHooks);
        return (ReadBlock(), ReadBlock());
    }

    /// <summary>Has the outer stage do the rest about the cgroup (<see cref="CgroupEntry.Complete"/>), and waits for that.</summary>
    public static void CompleteCgroup()
    {
        Report(ChildStep.Cgroup);
        byte go;
        Read(&go, 1);
    }

    /// <summary>
    /// Lets go of the outer stage, for which the container is now created, and waits for <c>nsrun start</c>, to whom
    /// everything is reported from then on.
    /// </summary>
    public static void WaitForStart()
    {
        // The one who makes the container was killed, and may not even have written down that this process is there.
        if (!ReportReady())
            _exit(1);
        _ = close(ReportDescriptor);
        int connection;
        do
        {
            connection = accept4(StartDescriptor, null, null, SOCK_CLOEXEC);
        }
        while (connection < 0 && errno == EINTR);
        if (connection < 0)
            throw SyscallException.FromLastError("accept4");
        if (connection != ReportDescriptor && dup3(connection, ReportDescriptor, O_CLOEXEC) < 0)
            throw SyscallException.FromLastError("dup3");
        if (connection != ReportDescriptor)
            _ = close(connection);
        _ = close(StartDescriptor);
    }

    public static void Report(LaunchReport report) => Write(report.Encode());

    private static byte[] ReadBlock()
    {
        int length;
        Read((byte*)&length, sizeof(int));
        byte[] block = new byte[length];
        fixed (byte* data = block)
            Read(data, length);
        return block;
    }

    private static void Read(byte* data, int length)
    {
        for (int done = 0; done < length;)
        {
            long count = read(ReportDescriptor, data + done, length - done);
            if (count < 0 && errno == EINTR)
                continue;
            // The outer stage has told its caller what a hook did wrong, or is gone.
            if (count <= 0)
                _exit(1);
            done += (int)count;
        }
    }

    private static bool Report(ChildStep step)
    {
        var report = new ChildReport { Tag = ChildReport.Mark, Step = (byte)step };
        return Write(new ReadOnlySpan<byte>(&report, sizeof(ChildReport)));
    }

    private static bool Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            long count;
            do
            {
                count = write(ReportDescriptor, data, bytes.Length);
            }
            while (count < 0 && errno == EINTR);
            return count >= 0;
        }
    }
}
