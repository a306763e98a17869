namespace NsTools.Builds.Parsing;

/// <summary>How an instruction's arguments are read.</summary>
internal enum ArgumentForm
{
    /// <summary>Words between blanks.</summary>
    Words,

    /// <summary>Words between blanks, or a JSON array.</summary>
    WordsOrArray,

    /// <summary>The whole line for a shell, or a JSON array.</summary>
    CommandOrArray,

    /// <summary>A JSON array.</summary>
    Array,

    /// <summary><c>name=value</c> words with quotes, or one name and the value after it.</summary>
    Pairs,

    /// <summary>Names, each with a value or without one.</summary>
    NamesOrPairs,

    /// <summary>The whole line.</summary>
    Text,

    /// <summary>A kind of check, and its command.</summary>
    HealthCheck,

    /// <summary>Another instruction.</summary>
    Trigger,
}

/// <summary>What an instruction's option takes.</summary>
internal enum FlagForm
{
    /// <summary>A value.</summary>
    Value,

    /// <summary>A value; it may be there several times.</summary>
    Values,

    /// <summary><c>true</c>, <c>false</c>, or nothing for true.</summary>
    Boolean,
}

/// <summary>How an instruction is written (Dockerfile reference).</summary>
/// <param name="Form">How its arguments are read.</param>
internal sealed record InstructionSyntax(ArgumentForm Form)
{
    /// <summary>How few arguments it may have.</summary>
    public int Least { get; init; } = 1;

    /// <summary>Its options.</summary>
    public IReadOnlyDictionary<string, FlagForm> Flags { get; init; } = new Dictionary<string, FlagForm>();

    /// <summary>True where texts may follow it.</summary>
    public bool TakesHeredocs { get; init; }

    /// <summary>All instructions by their names in capitals.</summary>
    public static IReadOnlyDictionary<string, InstructionSyntax> All { get; } = new Dictionary<string, InstructionSyntax>
    {
        ["ADD"] = new(ArgumentForm.WordsOrArray)
        {
            Least = 2,
            TakesHeredocs = true,
            Flags = new Dictionary<string, FlagForm>
            {
                ["chown"] = FlagForm.Value,
                ["chmod"] = FlagForm.Value,
                ["link"] = FlagForm.Boolean,
                ["keep-git-dir"] = FlagForm.Boolean,
                ["checksum"] = FlagForm.Value,
                ["unpack"] = FlagForm.Boolean,
                ["exclude"] = FlagForm.Values,
            },
        },
        ["ARG"] = new(ArgumentForm.NamesOrPairs),
        ["CMD"] = new(ArgumentForm.CommandOrArray) { Least = 0 },
        ["COPY"] = new(ArgumentForm.WordsOrArray)
        {
            Least = 2,
            TakesHeredocs = true,
            Flags = new Dictionary<string, FlagForm>
            {
                ["from"] = FlagForm.Value,
                ["chown"] = FlagForm.Value,
                ["chmod"] = FlagForm.Value,
                ["link"] = FlagForm.Boolean,
                ["parents"] = FlagForm.Boolean,
                ["exclude"] = FlagForm.Values,
            },
        },
        ["ENTRYPOINT"] = new(ArgumentForm.CommandOrArray) { Least = 0 },
        ["ENV"] = new(ArgumentForm.Pairs),
        ["EXPOSE"] = new(ArgumentForm.Words),
        ["FROM"] = new(ArgumentForm.Words) { Flags = new Dictionary<string, FlagForm> { ["platform"] = FlagForm.Value } },
        ["HEALTHCHECK"] = new(ArgumentForm.HealthCheck)
        {
            Flags = new Dictionary<string, FlagForm>
            {
                ["interval"] = FlagForm.Value,
                ["timeout"] = FlagForm.Value,
                ["start-period"] = FlagForm.Value,
                ["start-interval"] = FlagForm.Value,
                ["retries"] = FlagForm.Value,
            },
        },
        ["LABEL"] = new(ArgumentForm.Pairs),
        ["MAINTAINER"] = new(ArgumentForm.Text),
        ["ONBUILD"] = new(ArgumentForm.Trigger) { TakesHeredocs = true },
        ["RUN"] = new(ArgumentForm.CommandOrArray)
        {
            TakesHeredocs = true,
            Flags = new Dictionary<string, FlagForm>
            {
                ["mount"] = FlagForm.Values,
                ["network"] = FlagForm.Value,
                ["security"] = FlagForm.Value,
                ["device"] = FlagForm.Values,
            },
        },
        ["SHELL"] = new(ArgumentForm.Array),
        ["STOPSIGNAL"] = new(ArgumentForm.Text),
        ["USER"] = new(ArgumentForm.Text),
        ["VOLUME"] = new(ArgumentForm.WordsOrArray),
        ["WORKDIR"] = new(ArgumentForm.Text),
    };
}
