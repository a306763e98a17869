using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Tests.Runtime;

/// <summary>Runs <c>nsrun launch</c> as an ordinary user: the caller itself, or, for root, nobody by <c>setpriv(1)</c>.</summary>
internal static class OrdinaryUser
{
    private const uint Nobody = 65534;

    public static uint Id { get; } = LibC.geteuid() == 0 ? Nobody : LibC.geteuid();

    public static uint GroupId { get; } = LibC.geteuid() == 0 ? Nobody : LibC.getegid();

    public static ProcessExit? Run(string config, out int pid, out Exception? failure)
    {
        (SafeFileHandle ours, SafeFileHandle theirs) = UnixSocket.Pair(LibC.SOCK_SEQPACKET);
        using SafeFileHandle file = MemoryFile.Create("config.json", Encoding.UTF8.GetBytes(config));
        using SafeFileHandle high = DescriptorTable.DuplicateAbove(Descriptor.Number(file), 100);
        using SafeFileHandle report = DescriptorTable.DuplicateAbove(Descriptor.Number(theirs), 100);
        theirs.Dispose();
        string[] drop = LibC.geteuid() == 0 ? ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"] : [];
        int monitor = PosixSpawn.Start(
            drop.Length == 0 ? Launch.RuntimePath : "/usr/bin/setpriv",
            [.. drop, Launch.RuntimePath, "launch", "attached"],
            ["PATH=/usr/bin:/bin"],
            [(Descriptor.Number(high), LaunchProtocol.ConfigDescriptor), (Descriptor.Number(report), LaunchProtocol.ReportDescriptor)],
            SpawnGroup.NewGroup,
            []);
        report.Dispose();
        pid = 0;
        failure = null;
        ProcessExit? exit = null;
        byte[] buffer = new byte[LaunchReport.MaximumLength];
        using (ours)
        {
            while (UnixSocket.Receive(Descriptor.Number(ours), buffer, out SafeFileHandle? passed) is var length and > 0)
            {
                passed?.Dispose();
                LaunchReport message = LaunchReport.Decode(buffer.AsSpan(0, length))!;
                switch (message.Kind)
                {
                    case LaunchReportKind.Started:
                        pid = message.Number;
                        break;
                    case LaunchReportKind.Exited:
                        exit = ProcessExit.FromWaitStatus(message.Number);
                        break;
                    default:
                        failure = message.ToException();
                        break;
                }
            }
        }
        _ = ChildProcess.Wait(monitor);
        return exit;
    }
}
