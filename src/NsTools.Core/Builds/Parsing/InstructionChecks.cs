using System.Globalization;

namespace NsTools.Builds.Parsing;

/// <summary>What must hold of an instruction beyond the form of its arguments.</summary>
internal static class InstructionChecks
{
    private static readonly string[] s_expanded = ["ADD", "ARG", "COPY", "ENV", "EXPOSE", "FROM", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"];

    /// <summary>Checks an instruction.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="start">Where in its line it begins.</param>
    /// <param name="index">Where in its line its arguments begin.</param>
    /// <param name="escape">The escape character.</param>
    /// <exception cref="SyntaxException">Something does not hold.</exception>
    public static void Check(DockerfileInstruction instruction, int start, int index, char escape)
    {
        switch (instruction.Instruction)
        {
            case "ARG" when instruction.Arguments.FirstOrDefault(argument => argument.StartsWith('=')) is { } nameless:
                throw new SyntaxException(index, $"'{nameless}' has no name before its =");
            case "VOLUME" when instruction.Arguments.Any(string.IsNullOrWhiteSpace):
                throw new SyntaxException(index, "a volume's path is empty");
            case "ADD" or "COPY" when !instruction.IsExecForm && HeredocWord.Parse(instruction.Arguments[^1]) is not null:
                throw new SyntaxException(index, "a text can't be the destination", "The destination is the last argument.");
            case "HEALTHCHECK":
                CheckHealth(instruction, index);
                break;
            default:
                break;
        }
        if (s_expanded.Contains(instruction.Instruction))
            CheckQuotes(instruction, start, index, escape);
    }

    // The variables are not known yet, but a quote without its end is wrong whatever they are.
    private static void CheckQuotes(DockerfileInstruction instruction, int start, int index, char escape)
    {
        foreach (string argument in instruction.Arguments)
        {
            try
            {
                new ShellLexer(argument, escape, _ => null) { KeepsUnset = true }.Expand();
            }
            catch (SyntaxException failure)
            {
                // What stands in a JSON string is not as it is in the line: the array's beginning is told then.
                int at = instruction.IsExecForm ? -1 : instruction.Text.IndexOf(argument, index - start, StringComparison.Ordinal);
                throw new SyntaxException(at < 0 ? index : start + at + failure.Index, failure.Message, failure.Remedy);
            }
        }
    }

    private static void CheckHealth(DockerfileInstruction instruction, int index)
    {
        switch (instruction.Arguments[0])
        {
            case "NONE" when instruction.Arguments.Count > 1:
                throw new SyntaxException(index, "HEALTHCHECK NONE takes nothing more");
            case "CMD" when instruction.Arguments.Count == 1:
                throw new SyntaxException(index, "HEALTHCHECK CMD needs a command");
            case "NONE" or "CMD":
                break;
            default:
                throw new SyntaxException(index, $"'{instruction.Arguments[0]}' is no kind of HEALTHCHECK", "There are CMD and NONE.");
        }
        foreach (DockerfileFlag flag in instruction.Flags)
        {
            bool isGood = flag.Name == "retries"
                ? int.TryParse(flag.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                : GoDuration.TryParse(flag.Value!, out TimeSpan span) && (span == TimeSpan.Zero || span >= TimeSpan.FromMilliseconds(1));
            if (!isGood)
                throw new SyntaxException(index, $"'{flag.Value}' can't be --{flag.Name}", flag.Name == "retries" ? "It is a whole number." : "It is a time such as 1m30s, 1ms at least.");
        }
    }
}
