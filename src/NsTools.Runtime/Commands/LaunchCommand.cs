using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary>
/// <c>nsrun launch attached|terminal|holder</c>: what <see cref="RuntimeLauncher"/> runs, with the descriptors of
/// <see cref="LaunchProtocol"/>. It is the outer stage: it makes the namespaces, starts <c>nsrun init</c> in them,
/// and stays as the monitor of an attached process.
/// </summary>
internal static class LaunchCommand
{
    public static int Run(string word)
    {
        if (LaunchModes.Parse(word) is not { } mode)
            return StandardStream.Fail($"launch: unknown mode '{word}'");
        if (fcntl(LaunchProtocol.ReportDescriptor, F_GETFD) < 0)
            return StandardStream.Fail("launch: it is for NsTools' own use, with descriptors 3 and 4 open");
        try
        {
            DescriptorTable.SetCloseOnExec(3);
            SignalSet.SetMask(SignalSet.Of(LaunchProtocol.BlockedSignals));
            RuntimeSpec spec = ConfigFile.Read(LaunchProtocol.ConfigDescriptor);
            RuntimeSpecValidator.Validate(spec, needsProcess: mode != LaunchMode.Holder);
            return LaunchMonitor.Run(spec, mode);
        }
        catch (Exception exception)
        {
            // The launcher throws it again; a defect must not end in an abort that reports nothing.
            UnixSocket.Send(LaunchProtocol.ReportDescriptor, LaunchReport.From(exception).Encode());
            return 1;
        }
    }
}
