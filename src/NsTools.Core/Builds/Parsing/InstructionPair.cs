namespace NsTools.Builds.Parsing;

/// <summary>A name and a value of ENV, LABEL or ARG, as they are written.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value with its quotes; null for an ARG without one.</param>
/// <param name="IsOldForm">True for <c>ENV name value</c>.</param>
internal sealed record InstructionPair(string Name, string? Value, bool IsOldForm)
{
    /// <summary>The pairs of an instruction.</summary>
    /// <param name="instruction">ENV, LABEL or ARG.</param>
    public static IEnumerable<InstructionPair> Of(DockerfileInstruction instruction)
    {
        if (instruction.Instruction != "ARG" && !instruction.Arguments[0].Contains('='))
            return [new InstructionPair(instruction.Arguments[0], instruction.Arguments[1], true)];
        return instruction.Arguments.Select(argument => argument.Split('=', 2) is [string name, string value]
            ? new InstructionPair(name, value, false)
            : new InstructionPair(argument, null, false));
    }
}
