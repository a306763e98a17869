using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Runtime.Init;
using NsTools.Runtime.Lifecycle;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary>
/// <c>nsrun init</c> and <c>nsrun hold</c>: the inner stage, started by the outer one inside the new namespaces with
/// the descriptors of <see cref="StageProtocol"/>. It becomes the program or the holder.
/// </summary>
internal static class InitCommand
{
    public static int Run(string word, ReadOnlySpan<string> flags) =>
        LaunchModes.Parse(word) is { } mode ? Run(mode, flags) : StandardStream.Fail($"init: unknown mode '{word}'");

    public static int RunHolder(ReadOnlySpan<string> flags) => Run(LaunchMode.Holder, flags);

    private static int Run(LaunchMode mode, ReadOnlySpan<string> flags)
    {
        if (fcntl(StageProtocol.ReportDescriptor, F_GETFD) < 0)
            return StandardStream.Fail("init: it is for nsrun's own use");
        try
        {
            RuntimeSpec spec = ConfigFile.Read(StageProtocol.ConfigDescriptor);
            StageFlags left = StageProtocol.ParseFlags(flags);
            ContainerInit.Enter(spec, mode, left);
            if (mode == LaunchMode.Holder)
                return HoldLoop.Run(left);
            ProgramExecution.Execute(spec.Process!);
            return 1;
        }
        catch (Exception exception)
        {
            StageProtocol.Report(LaunchReport.From(exception));
            return 1;
        }
    }
}
