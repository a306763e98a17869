using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun spec</c>.</summary>
internal static class SpecCommand
{
    public static Command Command => new(
        new CommandSyntax(
            "spec",
            "",
            "Writes a config.json to start from: a shell on a terminal in namespaces of its own.",
            new Option("bundle", "DIR", "where, by default the working directory", 'b'),
            new Option("file", "FILE", "the file, by default config.json of the bundle", 'f'),
            new Option("rootless", null, "for an ordinary user"))
        {
            Maximum = 0,
        },
        Run);

    private static int Run(GlobalOptions global, Arguments arguments)
    {
        string file = Path.Combine(arguments.FilePath("bundle") ?? Directory.GetCurrentDirectory(), arguments["file"] ?? "config.json");
        byte[] json = DefaultSpec.Make(arguments.Has("rootless"));
        try
        {
            using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            stream.Write(json);
            return 0;
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new ContainerException($"'{file}' exists already; remove it first");
        }
    }
}
