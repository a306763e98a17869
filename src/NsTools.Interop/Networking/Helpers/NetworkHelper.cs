using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Networking.Helpers;

/// <summary>
/// The process that gives a network namespace its way out. It is nobody's child to wait for: a record says which it is,
/// and whoever finds the record of a container that has ended ends it.
/// </summary>
public static unsafe class NetworkHelper
{
    private const int ReadyDescriptor = 3;

    // Sources of descriptors lie above every target.
    private const int Spare = 64;
    private const int MostText = 4096;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    /// <summary>Starts one, and returns when the network is there. What the record named before is ended first.</summary>
    /// <param name="plan">How.</param>
    /// <param name="processId">A process in the network namespace.</param>
    /// <exception cref="NetworkHelperException">It did not start, in its own words.</exception>
    /// <exception cref="SyscallException">It cannot be executed.</exception>
    public static void Start(NetworkHelperPlan plan, int processId)
    {
        Stop(plan.Record);
        string target = processId.ToString(CultureInfo.InvariantCulture);
        string[] arguments = [Path.GetFileName(plan.Program), .. plan.Arguments.Select(word => word.Replace(NetworkHelperPlan.ProcessWord, target, StringComparison.Ordinal))];
        using SafeFileHandle said = Above(MemoryFile.Create("output"));
        int helper = plan.ProcessFile is { } file ? StartBackground(plan, arguments, said, file) : StartForeground(plan, arguments, said);
        ProcessIdentity identity = ProcessIdentity.Of(helper) ?? throw Failed(plan, said, "it ended at once");
        try
        {
            AtomicFile.Write(plan.Record, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{identity.ProcessId} {identity.StartTicks} {identity.BootId}\n")), isSynchronized: false);
            foreach (string request in plan.Requests)
                Ask(plan, request);
        }
        catch
        {
            End(identity);
            File.Delete(plan.Record);
            throw;
        }
    }

    /// <summary>Ends the helper that a record names, and removes the record; none is fine, too.</summary>
    /// <param name="record">Path of the record.</param>
    public static void Stop(string record)
    {
        if (Read(record) is { } identity)
            End(identity);
        File.Delete(record);
    }

    /// <summary>The helper that a record names, whether it still runs or not.</summary>
    /// <param name="record">Path of the record.</param>
    /// <returns>The process; null where there is no record.</returns>
    public static ProcessIdentity? Read(string record)
    {
        try
        {
            return File.ReadAllText(record).Split(' ', '\n') is [var id, var start, var boot, ..]
                && int.TryParse(id, CultureInfo.InvariantCulture, out int process) && long.TryParse(start, CultureInfo.InvariantCulture, out long ticks)
                ? new ProcessIdentity(process, ticks, boot)
                : null;
        }
        catch (Exception none) when (none is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    // It is ready when the process that was started has ended and left another one behind.
    private static int StartBackground(NetworkHelperPlan plan, string[] arguments, SafeFileHandle said, string file)
    {
        File.Delete(file);
        int starter = Spawn(plan, arguments, said, ready: null);
        using SafeFileHandle process = OpenChild(starter);
        bool isInTime = Poller.WaitReadable(Descriptor.Number(process), s_patience, CancellationToken.None);
        if (!isInTime)
            _ = kill(starter, SIGKILL);
        ProcessExit exit = ChildProcess.Wait(starter) ?? default;
        if (!isInTime || exit is not { ExitCode: 0, Signal: 0 })
            throw Failed(plan, said, isInTime ? $"exit code {exit.ExitCode}" : "it was not ready in time");
        try
        {
            return int.TryParse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture, out int helper) ? helper : throw Failed(plan, said, $"'{file}' names no process");
        }
        catch (FileNotFoundException)
        {
            throw Failed(plan, said, $"it has not written '{file}'");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static int StartForeground(NetworkHelperPlan plan, string[] arguments, SafeFileHandle said)
    {
        if (plan.Socket is { } socket)
            File.Delete(socket);
        (SafeFileHandle ready, SafeFileHandle end) = DescriptorTable.Pipe();
        using (ready)
        {
            int helper;
            using (SafeFileHandle other = Above(end))
                helper = Spawn(plan, arguments, said, other);
            byte answer;
            if (Poller.WaitReadable(Descriptor.Number(ready), s_patience, CancellationToken.None) && read(Descriptor.Number(ready), &answer, 1) == 1)
                return helper;
            _ = kill(helper, SIGKILL);
            _ = ChildProcess.Wait(helper);
            throw Failed(plan, said, "it was not ready in time");
        }
    }

    private static int Spawn(NetworkHelperPlan plan, string[] arguments, SafeFileHandle said, SafeFileHandle? ready)
    {
        using SafeFileHandle nothing = Above(Descriptor.Open("/dev/null", O_RDWR));
        List<(int Source, int Target)> descriptors =
            [(Descriptor.Number(nothing), STDIN_FILENO), (Descriptor.Number(said), STDOUT_FILENO), (Descriptor.Number(said), STDERR_FILENO)];
        if (ready is not null)
            descriptors.Add((Descriptor.Number(ready), ReadyDescriptor));
        return PosixSpawn.Start(plan.Program, arguments, ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], descriptors, SpawnGroup.NewSession, []);
    }

    // A child that nobody else reaps: its number is its own until then.
    private static SafeFileHandle OpenChild(int processId)
    {
        int descriptor = (int)syscall(SyscallNumber.PidFdOpen, processId, 0);
        return descriptor < 0 ? throw SyscallException.FromLastError("pidfd_open") : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static void Ask(NetworkHelperPlan plan, string request)
    {
        using SafeFileHandle connection = UnixAddress.Connect(plan.Socket!, SOCK_STREAM);
        int number = Descriptor.Number(connection);
        byte[] message = Encoding.UTF8.GetBytes(request);
        fixed (byte* bytes = message)
        {
            if (write(number, bytes, message.Length) != message.Length)
                throw SyscallException.FromLastError("write", plan.Socket);
        }
        _ = shutdown(number, SHUT_WR);
        byte* buffer = stackalloc byte[MostText];
        long length = Poller.WaitReadable(number, s_patience, CancellationToken.None) ? read(number, buffer, MostText) : 0;
        string answer = Encoding.UTF8.GetString(buffer, (int)Math.Max(0, length));
        if (!answer.Contains("\"return\"", StringComparison.Ordinal))
            throw new NetworkHelperException($"'{plan.Program}' refused {request}: {answer.Trim()}");
    }

    private static void End(ProcessIdentity identity)
    {
        using SafeFileHandle? process = ProcessDescriptor.Open(identity);
        if (process is null)
            return;
        ProcessDescriptor.Signal(process, Signals.Terminate);
        if (!ProcessDescriptor.WaitForExit(process, s_grace))
        {
            ProcessDescriptor.Signal(process, Signals.Kill);
            ProcessDescriptor.WaitForExit(process, s_grace);
        }
    }

    // What it says of a system logger that is not there is not why.
    private static NetworkHelperException Failed(NetworkHelperPlan plan, SafeFileHandle said, string otherwise)
    {
        byte* buffer = stackalloc byte[MostText];
        long length = pread(Descriptor.Number(said), buffer, MostText, 0);
        string[] lines = [.. Encoding.UTF8.GetString(buffer, (int)Math.Max(0, length)).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.EndsWith("to syslog", StringComparison.Ordinal))];
        return new NetworkHelperException($"'{plan.Program}' could not set the network up: {(lines.Length > 0 ? string.Join("; ", lines) : otherwise)}");
    }

    private static SafeFileHandle Above(SafeFileHandle handle)
    {
        using (handle)
            return DescriptorTable.DuplicateAbove(Descriptor.Number(handle), Spare);
    }
}
