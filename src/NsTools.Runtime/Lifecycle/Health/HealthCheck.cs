using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Health;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle.State;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Health;

/// <summary>
/// Checks once how a container is: a program in it, as <c>exec</c> runs one, or an address that has to answer in its network.
/// Whatever it started has ended when its time is over.
/// </summary>
internal sealed unsafe class HealthCheck(ContainerStore store, string id, string planFile, int index)
{
    private readonly byte[] _output = new byte[HealthResult.MostOutput];
    private int _length;

    /// <summary>Does it; standard output and error of this process are lost.</summary>
    /// <param name="probe">What is checked.</param>
    /// <returns>How it has ended; null for a container that does not run, of which it would say nothing.</returns>
    /// <exception cref="SyscallException">A pipe cannot be made.</exception>
    public HealthResult? Run(HealthProbe probe)
    {
        DateTimeOffset start = DateTimeOffset.UtcNow;
        // Whoever asked for it may give it up: what it has started goes with it.
        using ForwardedSignals signals = new(isDetached: false);
        (SafeFileHandle read, SafeFileHandle write) = DescriptorTable.Pipe();
        using (read)
        {
            int process;
            try
            {
                using (write)
                    TakeStreams(write);
                process = Start(probe, signals.Interruption);
            }
            catch (Exception none) when (none is ContainerException or InterruptedException)
            {
                return null;
            }
            catch (Exception failure) when (failure is SyscallException or RuntimeSpecException or IOException)
            {
                return Result(HealthResult.NotDone, failure.Message);
            }
            finally
            {
                using SafeFileHandle nothing = Descriptor.Open("/dev/null", O_WRONLY);
                TakeStreams(nothing);
            }
            _ = fcntl(Descriptor.Number(read), F_SETFL, O_NONBLOCK);
            signals.EndMaking();
            bool isInTime = Watch(process, read, signals.Pending, probe.Timeout);
            // It leads a session (setsid(2)): what it has started is in its process group, where it has not left that.
            if (!isInTime)
                _ = kill(-process, SIGKILL);
            ProcessExit exit = ChildProcess.Wait(process) ?? default;
            Receive(read);
            return isInTime
                ? Result(exit.ExitCode, Encoding.UTF8.GetString(_output, 0, _length))
                : Result(HealthResult.NotDone, string.Create(CultureInfo.InvariantCulture, $"the check took longer than {probe.Timeout.TotalSeconds:0.###} s"));
        }

        HealthResult Result(int exitCode, string output) =>
            new() { Role = probe.Role, Start = start, End = DateTimeOffset.UtcNow, ExitCode = exitCode, Output = output };
    }

    private int Start(HealthProbe probe, Interruption? interruption)
    {
        Container container = store.Find(id);
        ContainerRecord record = container.Read();
        if (container.Status(record) is not ContainerStatus.Running and var status)
            throw new ContainerException($"cannot check container '{id}': it is {ContainerStatusName.Of(status)}");
        return probe.Target is null
            ? ContainerExec.Run(store, new ExecRequest { Id = id, Arguments = probe.ToCommand(), Interruption = interruption }).ProcessId
            : StartInNetwork(record, interruption);
    }

    // nsrun itself, so that the container needs no tool for it; in the user namespace that owns the network, which an
    // ordinary user has to enter first (setns(2)).
    private int StartInNetwork(ContainerRecord record, Interruption? interruption)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{record.Process!.Value.ProcessId}");
        using SafeFileHandle process = Descriptor.Open(path, O_PATH | O_DIRECTORY);
        if (!record.Process.Value.IsAlive)
            throw new ContainerException($"cannot check container '{id}': it is stopped");
        string directory = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Descriptor.Number(process)}");
        bool hasOwnUsers = new FileInfo($"{path}/ns/user").LinkTarget != new FileInfo("/proc/self/ns/user").LinkTarget;
        RuntimeSpec spec = new()
        {
            Process = new ProcessSpec
            {
                // Its own executable, whatever that is: a sealed copy in memory has no other path.
                Args = ["/proc/self/exe", "probe", planFile, index.ToString(CultureInfo.InvariantCulture)],
                Cwd = "/",
                Env = [.. Supervision.SupervisedRun.Variables()],
                User = hasOwnUsers ? new UserSpec { Uid = FirstId($"{path}/uid_map"), Gid = FirstId($"{path}/gid_map") } : new UserSpec { Uid = geteuid(), Gid = getegid() },
            },
            Linux = new LinuxSpec
            {
                Namespaces =
                [
                    .. hasOwnUsers ? (NamespaceSpec[])[new NamespaceSpec { Type = "user", Path = $"{directory}/ns/user" }] : [],
                    new NamespaceSpec { Type = "network", Path = $"{directory}/ns/net" },
                ],
            },
        };
        using SafeFileHandle config = MemoryFile.Create("config.json", RuntimeSpecJson.Serialize(spec));
        using CgroupEntry cgroups = CgroupEntry.None;
        return ContainerStart.Run(new StartRequest { Spec = spec, Config = Descriptor.Number(config), Mode = LaunchMode.Attached, Cgroups = cgroups, Interruption = interruption });
    }

    // proc_pid_uid_map(5): the ID inside, that outside, how many.
    private static uint FirstId(string map) =>
        File.ReadLines(map).Select(static line => uint.Parse(line.AsSpan().Trim()[..line.AsSpan().Trim().IndexOf(' ')], CultureInfo.InvariantCulture)).DefaultIfEmpty().Min();

    private bool Watch(int child, SafeFileHandle read, SafeFileHandle signals, TimeSpan timeout)
    {
        using SafeFileHandle process = Pid.Open(child);
        long deadline = System.Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        pollfd* items = stackalloc pollfd[3];
        bool isOpen = true;
        while (true)
        {
            items[0] = new pollfd { fd = Descriptor.Number(process), events = POLLIN };
            items[1] = new pollfd { fd = isOpen ? Descriptor.Number(read) : -1, events = POLLIN };
            items[2] = new pollfd { fd = Descriptor.Number(signals), events = POLLIN };
            long left = Math.Max(0, deadline - System.Environment.TickCount64);
            if (poll(items, 3u, (int)Math.Min(left, int.MaxValue)) > 0)
            {
                if (items[1].revents != 0)
                    isOpen = Receive(read);
                if (items[0].revents != 0)
                    return true;
                if (items[2].revents != 0)
                    return false;
            }
            if (left == 0)
                return false;
        }
    }

    // What is too much is read, too, so that nobody waits in write(2). False at the end.
    private bool Receive(SafeFileHandle read)
    {
        byte* buffer = stackalloc byte[HealthResult.MostOutput];
        long length;
        while ((length = LibC.read(Descriptor.Number(read), buffer, HealthResult.MostOutput)) > 0)
        {
            int taken = Math.Min((int)length, _output.Length - _length);
            new ReadOnlySpan<byte>(buffer, taken).CopyTo(_output.AsSpan(_length));
            _length += taken;
            if (taken == 0)
                return true; // As much as is wanted; poll(2) comes back to the rest, and to the time.
        }
        return length < 0;
    }

    private static void TakeStreams(SafeFileHandle handle)
    {
        foreach (int number in (ReadOnlySpan<int>)[STDOUT_FILENO, STDERR_FILENO])
        {
            if (dup2(Descriptor.Number(handle), number) < 0)
                throw SyscallException.FromLastError("dup2");
        }
    }
}
