namespace NsTools.Runtime.Commands;

/// <summary>Finds the command that the arguments name.</summary>
internal static class CommandLine
{
    public static int Run(string[] arguments) => arguments switch
    {
        ["launch", string mode] => LaunchCommand.Run(mode),
        ["init", string mode, .. string[] flags] => InitCommand.Run(mode, flags),
        ["hold", string, .. string[] flags] => InitCommand.RunHolder(flags),
        ["own"] => OwnCommand.Run(),
        ["network"] => NetworkCommand.Run(),
        ["remove-tree", string name] => RemoveTreeCommand.Run(name),
        ["--version" or "-v"] => VersionCommand.Run(),
        [] => StandardStream.Fail("no command: see nsrun --version, and about_NsTools for what it does"),
        [string other, ..] => StandardStream.Fail($"unknown command '{other}'"),
    };
}
