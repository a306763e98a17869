using System.Management.Automation.Host;

namespace NsTools.Shell.Hosting;

/// <summary>Size, cursor, colours and keys of the terminal, through <see cref="Console"/>.</summary>
internal sealed class ShellRawUserInterface : PSHostRawUserInterface
{
    // What views are laid out for where there is no terminal to ask (pwsh's own figures).
    private static readonly Size s_sizeWithoutTerminal = new(120, 50);

    /// <inheritdoc/>
    public override ConsoleColor ForegroundColor { get => Console.ForegroundColor; set => Console.ForegroundColor = value; }

    /// <inheritdoc/>
    public override ConsoleColor BackgroundColor { get => Console.BackgroundColor; set => Console.BackgroundColor = value; }

    /// <inheritdoc/>
    public override Size BufferSize
    {
        get => TerminalSize();
        set => throw new HostException("A terminal's size is its owner's to set.");
    }

    /// <inheritdoc/>
    public override Size WindowSize
    {
        get => TerminalSize();
        set => throw new HostException("A terminal's size is its owner's to set.");
    }

    /// <inheritdoc/>
    public override Size MaxWindowSize => TerminalSize();

    /// <inheritdoc/>
    public override Size MaxPhysicalWindowSize => TerminalSize();

    /// <inheritdoc/>
    public override Coordinates WindowPosition { get => default; set => _ = value; }

    /// <inheritdoc/>
    public override Coordinates CursorPosition
    {
        get => Console.IsOutputRedirected ? default : new Coordinates(Console.CursorLeft, Console.CursorTop);
        set => Console.SetCursorPosition(Math.Max(value.X, 0), Math.Max(value.Y, 0));
    }

    /// <inheritdoc/>
    public override int CursorSize { get => 25; set => _ = value; }

    /// <inheritdoc/>
    public override string WindowTitle
    {
        get => "";
        set
        {
            if (!Console.IsOutputRedirected)
                Console.Title = value;
        }
    }

    /// <inheritdoc/>
    public override bool KeyAvailable => !Console.IsInputRedirected && Console.KeyAvailable;

    /// <inheritdoc/>
    public override KeyInfo ReadKey(ReadKeyOptions options)
    {
        ConsoleKeyInfo key = Console.ReadKey(intercept: options.HasFlag(ReadKeyOptions.NoEcho));
        ControlKeyStates states = 0;
        if (key.Modifiers.HasFlag(ConsoleModifiers.Shift))
            states |= ControlKeyStates.ShiftPressed;
        if (key.Modifiers.HasFlag(ConsoleModifiers.Alt))
            states |= ControlKeyStates.LeftAltPressed;
        if (key.Modifiers.HasFlag(ConsoleModifiers.Control))
            states |= ControlKeyStates.LeftCtrlPressed;
        return new KeyInfo((int)key.Key, key.KeyChar, states, keyDown: true);
    }

    /// <inheritdoc/>
    public override void FlushInputBuffer()
    {
        while (KeyAvailable)
            Console.ReadKey(intercept: true);
    }

    /// <inheritdoc/>
    public override void SetBufferContents(Rectangle rectangle, BufferCell fill)
    {
        // Clear-Host asks for the whole screen like this; a part of it cannot be filled on a terminal.
        if (rectangle is { Left: -1, Top: -1, Right: -1, Bottom: -1 } && !Console.IsOutputRedirected)
            Console.Clear();
    }

    /// <inheritdoc/>
    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw NotOnATerminal();

    /// <inheritdoc/>
    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw NotOnATerminal();

    /// <inheritdoc/>
    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw NotOnATerminal();

    private static HostException NotOnATerminal() => new("The contents of a terminal cannot be read or moved.");

    private static Size TerminalSize()
    {
        if (Console.IsOutputRedirected)
            return s_sizeWithoutTerminal;
        // A pseudo-terminal that nobody has sized says 0.
        return Console.WindowWidth is > 0 and var width && Console.WindowHeight is > 0 and var height ? new Size(width, height) : s_sizeWithoutTerminal;
    }
}
