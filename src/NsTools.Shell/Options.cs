using System.Management.Automation.Runspaces;

namespace NsTools.Shell;

/// <summary>What the command line asks for.</summary>
internal enum Mode
{
    /// <summary>Lines from the user (or from a pipe) until <c>exit</c>.</summary>
    Interactive,

    /// <summary>The text of <c>-Command</c>.</summary>
    Command,

    /// <summary>A script file.</summary>
    File,

    /// <summary>The text on standard input.</summary>
    StandardInput,

    /// <summary>Usage.</summary>
    Help,

    /// <summary>The version.</summary>
    Version,
}

/// <summary>The command line of <c>nstools</c>; pwsh's own names, each of which may be shortened as pwsh allows.</summary>
internal sealed class Options
{
    /// <summary>How it is used.</summary>
    public const string Usage = """
        Usage: nstools [-NoLogo] [-NonInteractive] [-NoExit] [-WorkingDirectory path]
                       [-Command text | - | [-File] script.ps1 [argument ...]]
               nstools -Help | -Version

        The PowerShell engine with the module NsTools imported. Without a command or a script, an interactive prompt.
          -c, -Command          run the text that follows (all that follows), or with - what comes on standard input
          -f, -File             run a script with the arguments that follow; the default for a name that is no option
          -nol, -NoLogo         no banner
          -noni, -NonInteractive never ask
          -noe, -NoExit         the prompt after the command or the script
          -nop, -NoProfile      accepted; nstools has no profile
          -wd, -WorkingDirectory start there

        Environment: NSTOOLS_MODULE names another NsTools.psd1; NSTOOLS_PWSH_HOME the folder of the pwsh whose utility
        modules are to be used, or "none".
        """;

    /// <summary>What to do.</summary>
    public Mode Mode { get; private set; } = Mode.Interactive;

    /// <summary>The text of <c>-Command</c>, or the path of the script.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The arguments of the script.</summary>
    public List<CommandParameter> Arguments { get; } = [];

    /// <summary>No banner.</summary>
    public bool NoLogo { get; private set; }

    /// <summary>Prompts fail instead of asking.</summary>
    public bool NonInteractive { get; private set; }

    /// <summary>The prompt comes after the command or script.</summary>
    public bool NoExit { get; private set; }

    /// <summary>Where to start; null for where we are.</summary>
    public string? WorkingDirectory { get; private set; }

    /// <summary>Why the command line cannot be used; null when it can.</summary>
    public string? Error { get; private set; }

    /// <summary>Reads a command line.</summary>
    public static Options Parse(IReadOnlyList<string> arguments, bool inputRedirected)
    {
        var options = new Options();
        options.Read(arguments);
        if (options is { Mode: Mode.Interactive, Error: null } && inputRedirected)
            options.Mode = Mode.StandardInput;
        return options;
    }

    private void Read(IReadOnlyList<string> arguments)
    {
        for (int index = 0; index < arguments.Count; index++)
        {
            string argument = arguments[index];
            string name = argument is ['-', _, ..] ? argument.TrimStart('-').ToUpperInvariant() : "";
            if (Is(name, "COMMAND", "C"))
            {
                TakeCommand([.. arguments.Skip(index + 1)]);
                return;
            }
            if (Is(name, "FILE", "F") || name.Length == 0)
            {
                TakeFile([.. arguments.Skip(name.Length == 0 ? index : index + 1)]);
                return;
            }
            if (Is(name, "WORKINGDIRECTORY", "WO") || name == "WD")
            {
                if (++index == arguments.Count)
                    Error = $"{argument} needs a directory.";
                else
                    WorkingDirectory = arguments[index];
            }
            else if (!ReadSwitch(name))
            {
                Error = $"The option '{argument}' does not exist.";
            }
            if (Error is not null || Mode is Mode.Help or Mode.Version)
                return;
        }
    }

    private bool ReadSwitch(string name)
    {
        if (Is(name, "HELP", "H") || name == "?")
            Mode = Mode.Help;
        else if (Is(name, "VERSION", "V"))
            Mode = Mode.Version;
        else if (Is(name, "NOLOGO", "NOL"))
            NoLogo = true;
        else if (Is(name, "NONINTERACTIVE", "NONI"))
            NonInteractive = true;
        else if (Is(name, "NOEXIT", "NOE"))
            NoExit = true;
        else
            return Is(name, "NOPROFILE", "NOP");
        return true;
    }

    private void TakeCommand(string[] rest)
    {
        if (rest.Length == 0)
            Error = "-Command needs the text to run.";
        else if (rest is ["-"])
            Mode = Mode.StandardInput;
        else
            (Mode, Text) = (Mode.Command, string.Join(' ', rest));
    }

    private void TakeFile(string[] rest)
    {
        if (rest.Length == 0)
        {
            Error = "-File needs the path of a script.";
            return;
        }
        if (rest is ["-"])
        {
            Mode = Mode.StandardInput;
            return;
        }
        (Mode, Text) = (Mode.File, rest[0]);
        if (!File.Exists(Text))
            Error = $"The argument '{Text}' is not the path of a script. Check its spelling, or give -Command to run text.";
        foreach (string argument in rest.Skip(1))
            AddArgument(argument);
    }

    /// <summary><c>-Name</c>, <c>-Name:value</c>, <c>-Switch:$true</c>, or a value, as pwsh reads what follows -File.</summary>
    private void AddArgument(string argument)
    {
        if (argument is not ['-', not ('-' or (>= '0' and <= '9')), ..])
        {
            Arguments.Add(new CommandParameter(null, argument));
            return;
        }
        int colon = argument.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            Arguments.Add(new CommandParameter(argument));
            return;
        }
        string value = argument[(colon + 1)..];
        object bound = value.ToUpperInvariant() switch
        {
            "$TRUE" => true,
            "$FALSE" => false,
            _ => value,
        };
        Arguments.Add(new CommandParameter(argument[..colon], bound));
    }

    private static bool Is(string given, string full, string shortest) =>
        given.StartsWith(shortest, StringComparison.Ordinal) && full.StartsWith(given, StringComparison.Ordinal);
}
