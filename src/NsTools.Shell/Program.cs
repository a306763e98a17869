using System.Management.Automation;
using System.Reflection;
using NsTools.Shell.Sessions;

namespace NsTools.Shell;

/// <summary>The entry point of <c>nstools</c>.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        Options options = Options.Parse(arguments, Console.IsInputRedirected);
        if (options.Error is not null)
        {
            Console.Error.WriteLine(options.Error);
            Console.Error.WriteLine(Options.Usage);
            return ExitCodes.Usage;
        }
        switch (options.Mode)
        {
            case Mode.Help:
                Console.WriteLine(Options.Usage);
                return ExitCodes.Success;
            case Mode.Version:
                Console.WriteLine($"nstools {typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]}");
                return ExitCodes.Success;
        }
        try
        {
            if (options.WorkingDirectory is { } folder)
                Directory.SetCurrentDirectory(folder);
            InstalledPwsh? pwsh = InstalledPwsh.Find(out string reason);
            pwsh?.Use();
            using Session session = Session.Open(ModuleLocator.FindManifest(), options.NonInteractive);
            return Run(session, options, pwsh, reason);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or RuntimeException)
        {
            Console.Error.WriteLine($"nstools: {exception.Message}");
            return ExitCodes.StartFailed;
        }
    }

    private static int Run(Session session, Options options, InstalledPwsh? pwsh, string reason)
    {
        int exitCode = options.Mode switch
        {
            Mode.Command => session.RunText(options.Text),
            Mode.File => session.RunFile(Path.GetFullPath(options.Text), options.Arguments),
            Mode.StandardInput => session.RunText(Console.In.ReadToEnd()),
            _ => ExitCodes.Success,
        };
        if (session.ShouldExit || (options.Mode != Mode.Interactive && !options.NoExit))
            return exitCode;
        if (!options.NoLogo)
            Banner.Write(pwsh, reason);
        return new InteractiveLoop(session, LineReaders.Create(session, pwsh)).Run();
    }
}
