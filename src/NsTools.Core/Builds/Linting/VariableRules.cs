using System.Text.RegularExpressions;
using NsTools.Builds.Parsing;

namespace NsTools.Builds.Linting;

/// <summary>Rules of variables.</summary>
internal static partial class VariableRules
{
    private static readonly string[] s_expanding = ["ADD", "COPY", "ENV", "EXPOSE", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"];

    /// <summary>The rules.</summary>
    public static IReadOnlyList<LintRule> All { get; } =
    [
        LintRule.Warning("SecretsUsedInArgOrEnv", "Secrets are mounted: what ARG and ENV hold stays in the image.", s => s.AllWithTriggers("ARG", "ENV")
            .SelectMany(instruction => InstructionPair.Of(instruction).Where(pair => Secret().IsMatch(pair.Name) && !Public().IsMatch(pair.Name))
                .Select(pair => LintHit.In(instruction, $"{instruction.Instruction} {pair.Name} looks like a secret", "Use RUN --mount=type=secret: nothing of it stays in the image.")))),
        LintRule.Warning("UndefinedArgInFrom", "The variables of FROM are ARGs before the first one.", UndefinedInFrom),
        LintRule.Warning("InvalidDefaultArgInFrom", "With the defaults of its ARGs, FROM names an image.", InvalidInFrom),
        LintRule.Warning("UndefinedVar", "A variable is set before it is used.", Undefined),
    ];

    private static IEnumerable<LintHit> UndefinedInFrom(LintSubject subject)
    {
        string[] known = [.. subject.Globals.Select(pair => pair.Name), .. PredefinedArguments.All];
        foreach (DockerfileInstruction from in subject.All("FROM"))
        {
            foreach (string name in Unset(subject, from.Arguments[0], known.Contains))
                yield return LintHit.In(from, $"the variable {name} of FROM is no ARG before the first FROM", NameSuggestion.Of(name, known) ?? $"Write ARG {name} above it.");
        }
    }

    private static IEnumerable<LintHit> InvalidInFrom(LintSubject subject)
    {
        Dictionary<string, string> values = [];
        foreach (InstructionPair pair in subject.Globals)
            values[pair.Name] = Expand(subject, pair.Value ?? "", values.GetValueOrDefault);
        foreach (DockerfileInstruction from in subject.All("FROM").Where(from => from.Arguments[0].Contains('$')))
        {
            if (Unset(subject, from.Arguments[0], name => values.ContainsKey(name) || PredefinedArguments.All.Contains(name)).Count == 0
                && Expand(subject, from.Arguments[0], name => values.GetValueOrDefault(name) ?? (PredefinedArguments.All.Contains(name) ? "x" : null)) is string image
                && !ImageReference.TryParse(image, out _))
            {
                yield return LintHit.In(from, $"with the defaults of its ARGs, FROM names '{image}', which is no image", "Give the ARG a default, or the variable one: ${name:-default}.");
            }
        }
    }

    // What the base image sets is not known here: a variable is undefined for sure on scratch alone, and likely where it is nearly one that is defined.
    private static IEnumerable<LintHit> Undefined(LintSubject subject)
    {
        Dictionary<int, HashSet<string>> defined = [];
        Dictionary<int, bool> isOnScratch = [];
        foreach (DockerfileStage stage in subject.File.Stages)
        {
            DockerfileStage? below = subject.StageBefore(stage.Base, stage.Number);
            HashSet<string> names = below is null ? [.. PredefinedArguments.All, "PATH"] : [.. defined[below.Number]];
            defined[stage.Number] = names;
            isOnScratch[stage.Number] = below is null ? stage.Base == "scratch" : isOnScratch[below.Number];
            foreach (DockerfileInstruction instruction in stage.Instructions)
            {
                if (s_expanding.Contains(instruction.Instruction))
                {
                    foreach (string name in instruction.Arguments.SelectMany(argument => Unset(subject, argument, names.Contains)).Distinct())
                    {
                        string? suggestion = NameSuggestion.Of(name, names, "$");
                        if (isOnScratch[stage.Number] || suggestion is not null)
                            yield return LintHit.In(instruction, $"the variable {name} is not set", suggestion ?? $"Write ARG {name} or ENV {name}=… above it.");
                    }
                }
                if (instruction.Instruction is "ARG" or "ENV")
                    names.UnionWith(InstructionPair.Of(instruction).Select(pair => pair.Name));
            }
        }
    }

    private static HashSet<string> Unset(LintSubject subject, string text, Func<string, bool> isSet)
    {
        if (!text.Contains('$'))
            return [];
        ShellLexer lexer = new(text, subject.File.EscapeCharacter, name => isSet(name) ? "" : null) { KeepsUnset = true };
        lexer.Expand();
        return [.. lexer.Unset.Where(name => name.Length > 0 && (char.IsLetter(name[0]) || name[0] == '_') && !HasDefault(text, name))];
    }

    // ${name:-default} is written by one who knows that it may not be set.
    private static bool HasDefault(string text, string name) =>
        text.Contains($"${{{name}:", StringComparison.Ordinal) || text.Contains($"${{{name}-", StringComparison.Ordinal) || text.Contains($"${{{name}+", StringComparison.Ordinal);

    private static string Expand(LintSubject subject, string text, Func<string, string?> values)
    {
        try
        {
            return new ShellLexer(text, subject.File.EscapeCharacter, values).Expand();
        }
        catch (SyntaxException)
        {
            // ${name:?message} of one without a value: it names no image, and the rule says so.
            return "";
        }
    }

    // BuildKit's words.
    [GeneratedRegex("(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secret();

    [GeneratedRegex("(?:_|^)public(?:_|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Public();
}
