using NsTools.Builds.Parsing;
using NsTools.Builds.Remote;

namespace NsTools.Builds.Linting;

/// <summary>Rules of single instructions and how they are written.</summary>
internal static class InstructionRules
{
    private static readonly string[] s_archives = [".tgz", ".tbz2", ".txz", ".gz", ".bz2", ".xz", ".zst"];

    /// <summary>The rules.</summary>
    public static IReadOnlyList<LintRule> All { get; } =
    [
        LintRule.Warning("NoEmptyContinuation", "No empty line stands between continued ones.", s => s.EmptyContinuationLines
            .Select(line => new LintHit(null, line, 1, "an empty line stands inside an instruction", "Remove it, or make it a comment."))),
        LintRule.Style("ConsistentInstructionCasing", "Instructions are all in capitals, or all not.", Casing),
        LintRule.Warning("MaintainerDeprecated", "LABEL takes the place of MAINTAINER.", s => s.All("MAINTAINER")
            .Select(instruction => LintHit.In(instruction, "MAINTAINER is deprecated", $"Write LABEL org.opencontainers.image.authors=\"{instruction.Arguments[0]}\"."))),
        LintRule.Warning("LegacyKeyValueFormat", "ENV and LABEL are written with an equals sign.", s => s.AllWithTriggers("ENV", "LABEL")
            .Where(instruction => InstructionPair.Of(instruction).First().IsOldForm)
            .Select(instruction => LintHit.In(instruction, $"{instruction.Instruction} {instruction.Arguments[0]} is in the old form", $"Write {instruction.Instruction} {instruction.Arguments[0]}=…"))),
        LintRule.Warning("MultipleInstructionsDisallowed", "CMD, ENTRYPOINT and HEALTHCHECK are there once a stage: the last one alone holds.", Repeated),
        LintRule.Warning("ExposeProtoCasing", "The protocol of EXPOSE is in lower case.", s => s.AllWithTriggers("EXPOSE")
            .SelectMany(instruction => instruction.Arguments.Where(port => port.Split('/') is [_, string protocol] && !port.Contains('$') && protocol.Any(char.IsUpper))
                .Select(port => LintHit.In(instruction, $"the protocol of {port} is in capitals", $"Write {port.ToLowerInvariant()}.")))),
        LintRule.Warning("ExposeInvalidFormat", "EXPOSE names ports of the container, not of the host.", s => s.AllWithTriggers("EXPOSE")
            .SelectMany(instruction => instruction.Arguments.Where(port => !port.Contains('$') && port.Contains(':'))
                .Select(port => LintHit.In(instruction, $"{port} names an address or a port of the host", "Those are for the one who runs the image to choose.")))),
        LintRule.Warning("WorkdirRelativePath", "The first WORKDIR of a stage is an absolute path.", RelativeDirectories),
        LintRule.Warning("CopyIgnoredFile", "What COPY and ADD copy is not left out by the ignore file.", Ignored),
        LintRule.Style("AddInsteadOfCopy", "COPY copies files; ADD is for archives and URLs.", PlainAdds),
    ];

    private static IEnumerable<LintHit> Casing(LintSubject subject)
    {
        static string Word(DockerfileInstruction instruction) => instruction.Text[..instruction.Instruction.Length];
        List<DockerfileInstruction> low = [.. subject.File.Instructions.Where(instruction => Word(instruction) != instruction.Instruction)];
        bool isLow = low.Count * 2 > subject.File.Instructions.Count;
        return subject.File.Instructions
            .Where(instruction => Word(instruction) != (isLow ? instruction.Instruction.ToLowerInvariant() : instruction.Instruction))
            .Select(instruction => LintHit.In(instruction, $"'{Word(instruction)}' is not in {(isLow ? "lower case" : "capitals")}, as most are"));
    }

    private static IEnumerable<LintHit> Repeated(LintSubject subject) => subject.All("CMD", "ENTRYPOINT", "HEALTHCHECK")
        .GroupBy(instruction => (instruction.Stage, instruction.Instruction))
        .SelectMany(same => same.SkipLast(1).Select(instruction => LintHit.In(instruction, $"line {same.Last().StartLine} takes the place of this {instruction.Instruction}", "Only the last one of a stage holds.")));

    private static IEnumerable<LintHit> RelativeDirectories(LintSubject subject)
    {
        foreach (DockerfileStage stage in subject.File.Stages)
        {
            DockerfileInstruction? first = stage.Instructions.FirstOrDefault(instruction => instruction.Instruction == "WORKDIR");
            bool isKnown = first is null || first.Arguments[0].TrimStart('"', '\'').StartsWith('/') || first.Arguments[0].Contains('$') || stage.Base == "scratch"
                || subject.StageBefore(stage.Base, stage.Number)?.Instructions.Any(instruction => instruction.Instruction == "WORKDIR") == true;
            if (!isKnown)
                yield return LintHit.In(first!, $"the directory {first!.Arguments[0]} is below one that the base image chooses", "Begin it with a slash.");
        }
    }

    private static IEnumerable<LintHit> Ignored(LintSubject subject)
    {
        if (subject.Ignore is not { } ignore)
            yield break;
        foreach (DockerfileInstruction instruction in subject.All("COPY", "ADD").Where(instruction => instruction.GetFlag("from") is null))
        {
            foreach (string source in instruction.Arguments.SkipLast(1).Where(source => !RemoteAddress.IsRemote(source) && source.AsSpan().IndexOfAny("$<*?[") < 0))
            {
                string path = source.Trim('/');
                if (path is not ("" or ".") && ignore.Ignores(path) && !ignore.HasExceptions)
                    yield return LintHit.In(instruction, $"the ignore file leaves {source} out", "Take it back in with a line that begins with '!'.");
            }
        }
    }

    private static IEnumerable<LintHit> PlainAdds(LintSubject subject) => subject.AllWithTriggers("ADD")
        .Where(add => add.Arguments.SkipLast(1).All(source => !RemoteAddress.IsRemote(source) && !source.Contains('$') && !source.Contains("<<", StringComparison.Ordinal) && !IsArchive(source)))
        .Select(add => LintHit.In(add, "ADD copies files here", "COPY does that, and nothing else."));

    private static bool IsArchive(string source) => Path.GetFileName(source).Contains(".tar", StringComparison.OrdinalIgnoreCase)
        || s_archives.Contains(Path.GetExtension(source).ToLowerInvariant());
}
