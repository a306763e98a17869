using NsTools.Builds.Parsing;

namespace NsTools.Builds.Linting;

/// <summary>Rules of stages and what they stand on.</summary>
internal static class StageRules
{
    // BuildKit's names for stages that are none.
    private static readonly string[] s_reserved = ["context", "scratch"];

    /// <summary>The rules.</summary>
    public static IReadOnlyList<LintRule> All { get; } =
    [
        LintRule.Warning("UnpinnedBaseImage", "A base image has a tag that is not latest, or a digest.", Unpinned),
        LintRule.Error("UndefinedStage", "A stage is named after the FROM that makes it.", Undefined),
        LintRule.Warning("DuplicateStageName", "The names of stages differ.", Duplicates),
        LintRule.Warning("ReservedStageName", "A stage is not called scratch or context.", Reserved),
        LintRule.Style("StageNameCasing", "The name of a stage is in lower case.", s => Named(s)
            .Where(from => from.Arguments[2].Any(char.IsUpper))
            .Select(from => LintHit.In(from, $"the name of stage '{from.Arguments[2]}' has capitals", "The builder has it in lower case anyway."))),
        LintRule.Style("FromAsCasing", "FROM and AS are both in capitals or both not.", s => Named(s)
            .Where(from => char.IsUpper(from.Text[0]) != char.IsUpper(from.Arguments[1][0]))
            .Select(from => LintHit.In(from, $"'{from.Text[..4]}' and '{from.Arguments[1]}' are not in the same case"))),
        LintRule.Warning("FromPlatformFlagConstDisallowed", "FROM --platform is a variable: a constant builds for one platform alone.", s => s.All("FROM")
            .SelectMany(from => from.Flags.Where(flag => flag.Value?.Contains('$') == false).Select(flag => LintHit.In(from, flag, $"the platform {flag.Value} is a constant", "Use $BUILDPLATFORM or $TARGETPLATFORM, or -Platform of the build.")))),
        LintRule.Style("RedundantTargetPlatform", "FROM --platform=$TARGETPLATFORM is what it is without.", s => s.All("FROM")
            .SelectMany(from => from.Flags.Where(flag => flag.Value is "$TARGETPLATFORM" or "${TARGETPLATFORM}").Select(flag => LintHit.In(from, flag, $"--platform={flag.Value} changes nothing")))),
    ];

    private static IEnumerable<DockerfileInstruction> Named(LintSubject subject) => subject.All("FROM").Where(from => from.Arguments.Count == 3);

    private static IEnumerable<LintHit> Unpinned(LintSubject subject)
    {
        foreach (DockerfileStage stage in subject.File.Stages)
        {
            // What a variable holds is for the one who sets it to pin.
            if (stage.Base == "scratch" || stage.Base.Contains('$') || stage.Base.Contains('@') || subject.StageBefore(stage.Base, stage.Number) is not null)
                continue;
            string name = stage.Base[(stage.Base.LastIndexOf('/') + 1)..];
            string? tag = name.Contains(':') ? name[(name.IndexOf(':') + 1)..] : null;
            if (tag is null or "latest")
                yield return LintHit.In(stage.Instructions[0], $"the base image {stage.Base} is another one tomorrow", "Give it a tag of a version, or a digest.");
        }
    }

    private static IEnumerable<LintHit> Undefined(LintSubject subject)
    {
        foreach (DockerfileInstruction instruction in subject.All("COPY", "RUN"))
        {
            foreach ((DockerfileFlag flag, string name) in Sources(instruction))
            {
                int stage = instruction.Stage ?? 0;
                if (subject.StageBefore(name, stage) is not null)
                    continue;
                DockerfileStage? later = subject.File.Stages.FirstOrDefault(other => other.Number >= stage && name.Equals(other.ToString(), StringComparison.OrdinalIgnoreCase));
                if (later is not null)
                    yield return LintHit.In(instruction, flag, later.Number == stage ? $"stage '{name}' can't take from itself" : $"stage '{name}' is not there yet", $"It begins at line {later.StartLine}.");
                else if (int.TryParse(name, out _))
                    yield return LintHit.In(instruction, flag, $"there is no stage {name}", $"There are {subject.File.Stages.Count}, from 0.");
                else if (NameSuggestion.Of(name, subject.File.Stages.Where(other => other.Number < stage).Select(other => other.Name).OfType<string>()) is { } suggestion)
                    yield return LintHit.In(instruction, flag, $"there is no stage '{name}': it would be an image", suggestion);
            }
        }
    }

    // --from=NAME of COPY, from=NAME in --mount of RUN.
    private static IEnumerable<(DockerfileFlag Flag, string Name)> Sources(DockerfileInstruction instruction)
    {
        foreach (DockerfileFlag flag in instruction.Flags)
        {
            string? name = flag.Name switch
            {
                "from" => flag.Value,
                "mount" => flag.Value!.Split(',').FirstOrDefault(part => part.StartsWith("from=", StringComparison.Ordinal))?["from=".Length..],
                _ => null,
            };
            if (name is { Length: > 0 } && !name.Contains('$'))
                yield return (flag, name);
        }
    }

    private static IEnumerable<LintHit> Duplicates(LintSubject subject) => subject.File.Stages
        .Where(stage => stage.Name is not null)
        .GroupBy(stage => stage.Name)
        .SelectMany(same => same.Skip(1).Select(stage => LintHit.In(stage.Instructions[0], $"stage '{stage.Name}' is there already, at line {same.First().StartLine}")));

    private static IEnumerable<LintHit> Reserved(LintSubject subject) => subject.File.Stages
        .Where(stage => s_reserved.Contains(stage.Name))
        .Select(stage => LintHit.In(stage.Instructions[0], $"'{stage.Name}' means something else to builders", "Call the stage another name."));
}
