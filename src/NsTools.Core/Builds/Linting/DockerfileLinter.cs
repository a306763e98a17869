using NsTools.Builds.Contexts;
using NsTools.Builds.Parsing;

namespace NsTools.Builds.Linting;

/// <summary>Holds Dockerfiles against rules: BuildKit's by its names, and some that hadolint made known.</summary>
public static class DockerfileLinter
{
    private const string SyntaxRule = "SyntaxError";

    private static readonly LintRule[] s_rules = [.. StageRules.All, .. InstructionRules.All, .. CommandRules.All, .. VariableRules.All];

    /// <summary>The rules, by name.</summary>
    public static IReadOnlyList<DockerfileRule> Rules { get; } =
    [
        .. s_rules.Select(rule => rule.Rule)
            .Append(new DockerfileRule { Name = SyntaxRule, Severity = DockerfileSeverity.Error, Description = "The file must be a Dockerfile." })
            .OrderBy(rule => rule.Name, StringComparer.Ordinal),
    ];

    /// <summary>Holds a Dockerfile against the rules.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="path">Where it is; null where it is nowhere.</param>
    /// <param name="context">The directory that COPY and ADD copy from; null where it is not known.</param>
    /// <returns>The findings, in the order of the lines.</returns>
    /// <exception cref="NsToolsException">The context's ignore file is none (<c>InvalidPattern</c>).</exception>
    public static IReadOnlyList<DockerfileFinding> Check(string text, string? path, string? context)
    {
        DockerfileParse parse = DockerfileParser.Parse(text, path);
        LintSubject subject = new(parse, context is null ? null : IgnoreFile.Find(path, context));
        CheckDirective directive = CheckDirective.Of(parse.File.Directives.FirstOrDefault(directive => directive.Name == "check")?.Value);
        List<DockerfileFinding> findings = [.. parse.Errors.Select(error => Finding(error, path))];
        foreach (LintRule rule in s_rules.Where(rule => !directive.Skips(rule.Rule.Name)))
        {
            foreach (LintHit hit in rule.Find(subject).Where(hit => !IsSkippedAt(hit.At, rule.Rule.Name)))
                findings.Add(Finding(rule.Rule, hit, directive.IsError, path));
        }
        return [.. findings.OrderBy(finding => finding.Line).ThenBy(finding => finding.Column).ThenBy(finding => finding.Rule, StringComparer.Ordinal)];
    }

    // A comment "check=skip=RULE" right above an instruction holds for that one.
    private static bool IsSkippedAt(DockerfileInstruction? instruction, string rule) => instruction is not null
        && instruction.Comments.Any(comment => comment.StartsWith("check=", StringComparison.OrdinalIgnoreCase) && CheckDirective.Of(comment["check=".Length..]).Skips(rule));

    private static DockerfileFinding Finding(DockerfileSyntaxError error, string? path) => new()
    {
        Rule = SyntaxRule,
        Severity = DockerfileSeverity.Error,
        Line = error.Line,
        Column = error.Column,
        Message = error.Message,
        Remedy = error.Remedy,
        Path = path,
    };

    private static DockerfileFinding Finding(DockerfileRule rule, LintHit hit, bool isError, string? path) => new()
    {
        Rule = rule.Name,
        Severity = isError ? DockerfileSeverity.Error : rule.Severity,
        Line = hit.Line,
        Column = hit.Column,
        Message = hit.Message,
        Remedy = hit.Remedy,
        Instruction = hit.At?.Instruction,
        Path = path,
    };
}
