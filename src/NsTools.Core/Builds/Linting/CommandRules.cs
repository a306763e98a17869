namespace NsTools.Builds.Linting;

/// <summary>Rules of commands and the users that they run as.</summary>
internal static class CommandRules
{
    /// <summary>The rules.</summary>
    public static IReadOnlyList<LintRule> All { get; } =
    [
        LintRule.Warning("LooksLikeJson", "What looks like a JSON array is one: else a shell gets it.", s => s.AllWithTriggers("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "ADD", "COPY", "VOLUME")
            .Where(instruction => !instruction.IsExecForm && LooksLikeArray(instruction))
            .Select(instruction => LintHit.In(instruction, $"the argument of {instruction.Instruction} looks like a JSON array and is none", "JSON has double quotes, and no comma after the last string."))),
        LintRule.Warning("JSONArgsRecommended", "CMD and ENTRYPOINT are JSON arrays: the process then gets the signals, not its shell.", s => s.AllWithTriggers("CMD", "ENTRYPOINT")
            .Where(instruction => !instruction.IsExecForm && instruction.Arguments.Count > 0 && !LooksLikeArray(instruction) && !HasShell(s, instruction))
            .Select(instruction => LintHit.In(instruction, $"a shell stands between the signals and the process of {instruction.Instruction}", "Write it as a JSON array."))),
        LintRule.Warning("LastUserIsRoot", "The last USER of the last stage is not root.", RootAtTheEnd),
    ];

    private static bool LooksLikeArray(DockerfileInstruction instruction)
    {
        IEnumerable<string> arguments = instruction.Instruction == "HEALTHCHECK" ? instruction.Arguments.Skip(1) : instruction.Arguments;
        string text = string.Join(' ', arguments);
        // "[ -f x ]" and "[[ … ]]" are tests of a shell.
        return text.StartsWith('[') && text.EndsWith(']') && text.Length > 1 && text[1] is not (' ' or '[');
    }

    // One who has chosen the shell wants it.
    private static bool HasShell(LintSubject subject, DockerfileInstruction command) =>
        subject.All("SHELL").Any(shell => shell.Stage == command.Stage && shell.StartLine < command.StartLine);

    private static IEnumerable<LintHit> RootAtTheEnd(LintSubject subject)
    {
        if (subject.File.Stages.Count > 0
            && subject.File.Stages[^1].Instructions.LastOrDefault(instruction => instruction.Instruction == "USER") is { } user
            && user.Arguments[0].Split(':')[0] is "root" or "0")
        {
            yield return LintHit.In(user, "the image runs as root", "End with a USER of its own.");
        }
    }
}
