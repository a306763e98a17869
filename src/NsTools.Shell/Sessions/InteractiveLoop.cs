namespace NsTools.Shell.Sessions;

/// <summary>Prompt, line, result; until <c>exit</c> or Ctrl+D.</summary>
internal sealed class InteractiveLoop(Session session, ILineReader reader)
{
    /// <summary>Runs until the user is done.</summary>
    /// <param name="nested">True inside a running command: <c>exit</c> then returns to it.</param>
    /// <returns>The exit code.</returns>
    public int Run(bool nested = false)
    {
        session.LineReader = reader;
        while (!session.ShouldExit && !(nested && session.LeavesNestedPrompt))
        {
            // What Ctrl+C or a program left unfinished stays on a line of its own.
            if (!Console.IsOutputRedirected && !Console.IsInputRedirected && Console.CursorLeft != 0)
                Console.Out.WriteLine();
            string prompt = session.Evaluate("prompt") as string ?? "PS> ";
            string? line = reader.ReadLine(prompt);
            if (line is null)
                break;
            if (!string.IsNullOrWhiteSpace(line))
                session.RunLine(line);
        }
        return session.ExitCode;
    }
}
