using System.Collections.ObjectModel;

namespace NsTools.Builds.Parsing;

/// <summary>Parts the instructions of a Dockerfile into stages.</summary>
internal static class StageReader
{
    /// <summary>Parts them, and writes each one's stage into it.</summary>
    /// <param name="instructions">The instructions.</param>
    /// <param name="errors">Gets what is wrong with the stages.</param>
    public static IReadOnlyList<DockerfileStage> Read(List<DockerfileInstruction> instructions, List<DockerfileSyntaxError> errors)
    {
        List<DockerfileStage> stages = [];
        int from = instructions.FindIndex(instruction => instruction.Instruction == "FROM");
        foreach (DockerfileInstruction early in instructions.Take(from < 0 ? instructions.Count : from).Where(early => early.Instruction != "ARG"))
            errors.Add(ErrorAt(early, $"{early.Instruction} stands before the first FROM", "Only ARG may stand there."));
        // An error in a FROM has been told; that the rest has no stage is its consequence.
        if (from < 0 && instructions.Count > 0 && errors.Count == 0)
            errors.Add(ErrorAt(instructions[^1], "there is no FROM", "FROM scratch is the stage that stands on nothing."));
        while (from >= 0)
        {
            int next = instructions.FindIndex(from + 1, instruction => instruction.Instruction == "FROM");
            int end = next < 0 ? instructions.Count : next;
            string? name = NameOf(instructions[from], errors);
            for (int i = from; i < end; i++)
                instructions[i] = InStage(instructions[i], stages.Count, name);
            stages.Add(new DockerfileStage
            {
                Number = stages.Count,
                Name = name,
                Base = instructions[from].Arguments[0],
                Platform = instructions[from].GetFlag("platform"),
                Instructions = [.. instructions[from..end]],
            });
            from = next;
        }
        return stages;
    }

    private static DockerfileInstruction InStage(DockerfileInstruction instruction, int stage, string? name) => instruction with
    {
        Stage = stage,
        StageName = name,
        Trigger = instruction.Trigger is { } trigger ? trigger with { Stage = stage, StageName = name } : null,
    };

    // FROM base, or FROM base AS name.
    private static string? NameOf(DockerfileInstruction from, List<DockerfileSyntaxError> errors)
    {
        ReadOnlyCollection<string> arguments = from.Arguments;
        if (arguments.Count == 1)
            return null;
        if (arguments.Count != 3 || !arguments[1].Equals("AS", StringComparison.OrdinalIgnoreCase))
        {
            errors.Add(ErrorAt(from, $"FROM has {arguments.Count} arguments", "It is FROM image or FROM image AS name."));
            return null;
        }
        string name = arguments[2].ToLowerInvariant();
        if (char.IsAsciiLetterLower(name[0]) && name.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '-' or '_' or '.'))
            return name;
        errors.Add(ErrorAt(from, $"'{arguments[2]}' can't be a stage's name", "It begins with a letter and has letters, digits, '-', '_' and '.'."));
        return null;
    }

    private static DockerfileSyntaxError ErrorAt(DockerfileInstruction instruction, string message, string remedy) =>
        new() { Line = instruction.StartLine, Column = instruction.Column, Message = message, Remedy = remedy };
}
