namespace NsTools.Shell.Sessions;

/// <summary>Reads what is to be run next from the user.</summary>
internal interface ILineReader
{
    /// <summary>Shows the prompt and reads a complete command, of one line or more.</summary>
    /// <param name="prompt">What to show before it.</param>
    /// <returns>The command; null when there will be none (Ctrl+D).</returns>
    string? ReadLine(string prompt);
}

/// <summary>Chooses the reader.</summary>
internal static class LineReaders
{
    /// <summary>PSReadLine where an installed pwsh brings it and there is a terminal; otherwise our own editor.</summary>
    public static ILineReader Create(Session session, InstalledPwsh? pwsh)
    {
        if (pwsh is not null && !Console.IsOutputRedirected && !Console.IsInputRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null))
        {
            session.RunLine("Microsoft.PowerShell.Core\\Import-Module PSReadLine");
            if (session.GetCommand(PSReadLineReader.Function) is not null)
                return new PSReadLineReader(session);
        }
        return new LineEditor(session);
    }
}

/// <summary>PSReadLine, through the function that it defines for hosts.</summary>
internal sealed class PSReadLineReader(Session session) : ILineReader
{
    /// <summary>The function's name.</summary>
    public const string Function = "PSConsoleHostReadLine";

    /// <inheritdoc/>
    public string? ReadLine(string prompt)
    {
        Console.Out.Write(prompt);
        return session.Evaluate(Function) as string;
    }
}
