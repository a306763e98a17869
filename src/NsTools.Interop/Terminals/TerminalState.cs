using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Terminals;

/// <summary>The modes of a terminal (<c>termios(3)</c>), saved to be restored.</summary>
public sealed unsafe class TerminalState
{
    private readonly int _descriptor;
    private termios _modes;

    private TerminalState(int descriptor, termios modes)
    {
        _descriptor = descriptor;
        _modes = modes;
    }

    /// <summary>Saves the modes.</summary>
    /// <param name="descriptor">A descriptor of the terminal; it must stay open as long as this is used.</param>
    /// <returns>The modes; null when the descriptor is no terminal.</returns>
    public static TerminalState? Save(int descriptor)
    {
        termios modes;
        return tcgetattr(descriptor, &modes) < 0 ? null : new TerminalState(descriptor, modes);
    }

    /// <summary>
    /// Makes the terminal raw (<c>cfmakeraw(3)</c>): each byte passes as it is, no signals, no echo; what runs on
    /// the inner terminal does all that.
    /// </summary>
    public void MakeRaw()
    {
        termios raw = _modes;
        raw.c_iflag &= ~(uint)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        raw.c_oflag &= ~(uint)OPOST;
        raw.c_lflag &= ~(uint)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
        raw.c_cflag &= ~(uint)(CSIZE | PARENB);
        raw.c_cflag |= (uint)CS8;
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        _ = tcsetattr(_descriptor, (int)TCSANOW, &raw);
    }

    /// <summary>Puts the saved modes back; harmless when they are there already, or the terminal is gone.</summary>
    public void Restore()
    {
        termios modes = _modes;
        _ = tcsetattr(_descriptor, (int)TCSADRAIN, &modes);
    }
}
