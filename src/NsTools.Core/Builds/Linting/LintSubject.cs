using NsTools.Builds.Contexts;
using NsTools.Builds.Execution;
using NsTools.Builds.Parsing;

namespace NsTools.Builds.Linting;

/// <summary>A place that a rule objects to.</summary>
/// <param name="At">The instruction; null where the line alone is known.</param>
/// <param name="Line">The line.</param>
/// <param name="Column">The column.</param>
/// <param name="Message">What is there.</param>
/// <param name="Remedy">What to do about it.</param>
internal sealed record LintHit(DockerfileInstruction? At, int Line, int Column, string Message, string? Remedy)
{
    /// <summary>A place in an instruction.</summary>
    public static LintHit In(DockerfileInstruction instruction, string message, string? remedy = null) =>
        new(instruction, instruction.StartLine, instruction.Column, message, remedy);

    /// <summary>An option of an instruction.</summary>
    public static LintHit In(DockerfileInstruction instruction, DockerfileFlag flag, string message, string? remedy = null) =>
        new(instruction, flag.Line, flag.Column, message, remedy);
}

/// <summary>What the rules look at.</summary>
internal sealed class LintSubject
{
    private readonly DockerfileParse _parse;

    /// <summary>Takes a Dockerfile that was read.</summary>
    /// <param name="parse">The file.</param>
    /// <param name="ignore">What its context leaves out; null where there is no context, or it leaves out nothing.</param>
    public LintSubject(DockerfileParse parse, IgnoreFile? ignore)
    {
        _parse = parse;
        Ignore = ignore;
        Globals = [.. File.Instructions.TakeWhile(i => i.Instruction != "FROM").Where(i => i.Instruction == "ARG").SelectMany(InstructionPair.Of)];
    }

    /// <summary>The file.</summary>
    public Dockerfile File => _parse.File;

    /// <summary>What could not be read of it.</summary>
    public IReadOnlyList<DockerfileSyntaxError> Errors => _parse.Errors;

    /// <summary>Empty lines between continued ones.</summary>
    public IReadOnlyList<int> EmptyContinuationLines => _parse.EmptyContinuationLines;

    /// <summary>What the context leaves out.</summary>
    public IgnoreFile? Ignore { get; }

    /// <summary>The ARGs before the first FROM.</summary>
    public IReadOnlyList<InstructionPair> Globals { get; }

    /// <summary>The instructions of a kind, in all stages.</summary>
    /// <param name="names">The kinds.</param>
    public IEnumerable<DockerfileInstruction> All(params string[] names) => File.Instructions.Where(instruction => names.Contains(instruction.Instruction));

    /// <summary>The instructions of a kind, those that ONBUILD leaves for others too.</summary>
    /// <param name="names">The kinds.</param>
    public IEnumerable<DockerfileInstruction> AllWithTriggers(params string[] names) =>
        File.Instructions.Select(instruction => instruction.Trigger ?? instruction).Where(instruction => names.Contains(instruction.Instruction));

    /// <summary>The earlier stage that a name or number names; null where none does.</summary>
    /// <param name="name">The name or number.</param>
    /// <param name="before">The number of the stage that asks.</param>
    public DockerfileStage? StageBefore(string name, int before) => StageNeeds.Find(File, name, before);
}
