using NsTools.Builds.Parsing;

namespace NsTools.Builds.Execution;

/// <summary>The variables of a build: what ARG, ENV and the user say (Dockerfile reference, "ARG", "Scope").</summary>
internal sealed class BuildVariables
{
    private readonly char _escape;
    private readonly IReadOnlyDictionary<string, string> _given;
    private readonly IReadOnlyDictionary<string, string> _platforms;
    private readonly Dictionary<string, string> _globals = [];

    /// <summary>Reads the ARGs before the first FROM.</summary>
    /// <param name="request">What is built.</param>
    /// <param name="target">What the image is to run on.</param>
    public BuildVariables(BuildRequest request, ImagePlatform target)
    {
        _escape = request.File.EscapeCharacter;
        _given = request.Arguments
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value ?? Environment.GetEnvironmentVariable(pair.Key)))
            .Where(pair => pair.Value is not null)
            .ToDictionary(pair => pair.Key, pair => pair.Value!);
        _platforms = PlatformsOf(target, request.Target ?? "default");
        foreach (DockerfileInstruction instruction in request.File.Instructions.TakeWhile(i => i.Instruction != "FROM").Where(i => i.Instruction == "ARG"))
        {
            foreach (InstructionPair pair in InstructionPair.Of(instruction))
            {
                if ((_given.GetValueOrDefault(pair.Name) ?? (pair.Value is null ? null : Expand(pair.Value, Global))) is { } value)
                    _globals[pair.Name] = value;
            }
        }
    }

    /// <summary>Names that the user gave values for.</summary>
    public IEnumerable<string> Given => _given.Keys;

    /// <summary>Proxies that the user gave: each RUN has them.</summary>
    public IEnumerable<KeyValuePair<string, string>> Proxies => _given.Where(pair => PredefinedArguments.Proxies.Contains(pair.Key));

    /// <summary>A text of a FROM, with its variables.</summary>
    /// <param name="text">The text.</param>
    public string ExpandGlobal(string text) => Expand(text, Global);

    /// <summary>The value that an ARG of a stage has; null for none.</summary>
    /// <param name="pair">The ARG.</param>
    /// <param name="stage">The stage's variables so far.</param>
    public string? ValueOf(InstructionPair pair, Func<string, string?> stage) =>
        _given.GetValueOrDefault(pair.Name)
        ?? (pair.Value is not null ? Expand(pair.Value, stage) : Global(pair.Name));

    /// <summary>A text with its variables, without quotes and escapes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="variables">Their values.</param>
    /// <exception cref="SyntaxException">A quote has no end, or a variable must be set and is not.</exception>
    public string Expand(string text, Func<string, string?> variables) => new ShellLexer(text, _escape, variables).Expand();

    /// <summary>A text below an instruction with its variables; its quotes are its own.</summary>
    /// <param name="text">The text.</param>
    /// <param name="variables">Their values.</param>
    /// <exception cref="SyntaxException">A brace has no end, or a variable must be set and is not.</exception>
    public static string ExpandText(string text, Func<string, string?> variables) => new ShellLexer(text, '\\', variables) { IgnoresQuotes = true }.Expand();

    /// <summary>A text's words, once its variables are known.</summary>
    /// <param name="text">The text.</param>
    /// <param name="variables">Their values.</param>
    public IReadOnlyList<string> ExpandWords(string text, Func<string, string?> variables) => new ShellLexer(text, _escape, variables).ExpandWords();

    private string? Global(string name) => _globals.GetValueOrDefault(name) ?? _platforms.GetValueOrDefault(name);

    private static Dictionary<string, string> PlatformsOf(ImagePlatform target, string stage)
    {
        ImagePlatform build = ImagePlatform.Host;
        return new Dictionary<string, string>
        {
            ["TARGETPLATFORM"] = target.ToString(),
            ["TARGETOS"] = target.Os,
            ["TARGETARCH"] = target.Architecture,
            ["TARGETVARIANT"] = target.Variant ?? "",
            ["TARGETSTAGE"] = stage,
            ["BUILDPLATFORM"] = build.ToString(),
            ["BUILDOS"] = build.Os,
            ["BUILDARCH"] = build.Architecture,
            ["BUILDVARIANT"] = build.Variant ?? "",
        };
    }
}
