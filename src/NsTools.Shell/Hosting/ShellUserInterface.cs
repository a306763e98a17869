using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;

namespace NsTools.Shell.Hosting;

/// <summary>
/// What the engine writes: output to standard output, errors to standard error when that is redirected, the other
/// streams to standard output as pwsh does; colours only where a terminal shows them.
/// </summary>
/// <param name="nonInteractive">Prompts fail instead of asking.</param>
internal sealed partial class ShellUserInterface(bool nonInteractive) : PSHostUserInterface
{
    private readonly ShellRawUserInterface _raw = new();
    private readonly ProgressLine _progress = new();
    private StringWriter? _captured;

    /// <summary>Prompts fail instead of asking.</summary>
    public bool NonInteractive => nonInteractive;

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI => _raw;

    /// <inheritdoc/>
    public override bool SupportsVirtualTerminal => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null);

    /// <summary>Takes a progress line off the terminal.</summary>
    public void ClearProgress() => _progress.Clear();

    /// <summary>What some work writes as output lines, instead of their being written.</summary>
    public string Capture(Action work)
    {
        using var captured = new StringWriter();
        _captured = captured;
        try
        {
            work();
        }
        finally
        {
            _captured = null;
        }
        return captured.ToString();
    }

    /// <inheritdoc/>
    public override void Write(string value)
    {
        _progress.Clear();
        Console.Out.Write(Decorated(value, toTerminal: SupportsVirtualTerminal));
    }

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value)
    {
        if (!SupportsVirtualTerminal)
        {
            Write(value);
            return;
        }
        _progress.Clear();
        Console.Out.Write($"{PSStyle.Instance.Foreground.FromConsoleColor(foregroundColor)}{Background(backgroundColor)}{value}{PSStyle.Instance.Reset}");
    }

    /// <inheritdoc/>
    public override void WriteLine(string value)
    {
        if (_captured is { } captured)
        {
            captured.WriteLine(value);
            return;
        }
        _progress.Clear();
        Console.Out.WriteLine(Decorated(value, toTerminal: SupportsVirtualTerminal));
    }

    /// <inheritdoc/>
    public override void WriteErrorLine(string value)
    {
        _progress.Clear();
        bool toTerminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null);
        string text = toTerminal ? $"{PSStyle.Instance.Formatting.Error}{value}{PSStyle.Instance.Reset}" : value;
        Console.Error.WriteLine(Decorated(text, toTerminal));
    }

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => WriteLine($"{PSStyle.Instance.Formatting.Debug}DEBUG: {message}{PSStyle.Instance.Reset}");

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => WriteLine($"{PSStyle.Instance.Formatting.Verbose}VERBOSE: {message}{PSStyle.Instance.Reset}");

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) => WriteLine($"{PSStyle.Instance.Formatting.Warning}WARNING: {message}{PSStyle.Instance.Reset}");

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record) => _progress.Show(record);

    // FromConsoleColor knows no "terminal's own", which is what -1 stands for on Unix.
    private static string Background(ConsoleColor color) => Enum.IsDefined(color) ? PSStyle.Instance.Background.FromConsoleColor(color) : "";

    // $PSStyle.OutputRendering decides as in pwsh: Host means colours on a terminal only.
    private static string Decorated(string value, bool toTerminal)
    {
        bool plain = PSStyle.Instance.OutputRendering switch
        {
            OutputRendering.Ansi => false,
            OutputRendering.PlainText => true,
            _ => !toTerminal,
        };
        var decorated = new StringDecorated(value ?? "");
        return decorated.IsDecorated && plain ? decorated.ToString(OutputRendering.PlainText) : value ?? "";
    }
}
