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

    private static int Run(LaunchMode mode, ReadOnlySpan<string> words)
    {
        StageOptions options = StageOptions.Parse(words);
        StageProtocol.Preserved = options.Preserved;
        if (fcntl(StageProtocol.ReportDescriptor, F_GETFD) < 0)
            return StandardStream.Fail("init: it is for nsrun's own use");
        try
        {
            PhaseTrace.Mark("inner");
            LoadedAssemblies.Load();
            RuntimeSpec spec = ConfigFile.Read(StageProtocol.ConfigDescriptor);
            PhaseTrace.Mark("inner-config");
            ContainerInit.Enter(spec, mode, options);
            PhaseTrace.Mark("root");
            if (mode == LaunchMode.Holder)
                return HoldLoop.Run(options);
            ProgramExecution.Execute(spec, options);
            return 1;
        }
        catch (Exception exception)
        {
            StageProtocol.Report(LaunchReport.From(exception));
            return 1;
        }
    }
}
